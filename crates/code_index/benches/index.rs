//! Indexing a generated tree of about 6 MB beside the floor: parsing it and visiting every identifier.

use code_index::{FileIndex, Index};
use divan::counter::BytesCount;
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

fn main() {
    divan::main();
}

/// Python that looks like an application's, always the same: 400 files of about 15 kB.
fn tree() -> Vec<(String, Arc<str>)> {
    (0..400).map(|number| (format!("shop/part_{}/module_{number}.py", number % 20), source(number).into())).collect()
}

fn source(file: usize) -> String {
    let mut out =
        format!("\"\"\"Module {file}.\"\"\"\n\nimport os\nfrom .module_{} import Part0 as Other\n\n", file / 2);
    for class in 0..12 {
        let _ = write!(
            out,
            r#"
class Part{class}(Other):
    """Keeps the things of part {class}."""

    LIMIT = {file}

    def __init__(self, store, limit: int = LIMIT, *, name="part"):
        self.store = store
        self.limit = limit
        self.name = name  # how it is called in a list

    @property
    def path(self):
        return os.path.join(self.store.root, f"{{self.name}}-{{self.limit:03d}}")

    def select(self, rows, key=None):
        """Gives the rows that pass, in order."""
        found = [row for row in rows if row.size > self.limit and not row.hidden]
        for index, row in enumerate(found):
            if key is not None and key(row) in self.store:
                self.store.update({{"index": index, "row": row, "part": {class}}})
            elif row.parent:
                found.append(self.select([row.parent], key=key))
        return sorted(found, key=lambda row: (row.size, row.name))

    async def publish(self, queue, timeout=3.5):
        try:
            async with queue.open(self.path) as channel:
                await channel.send(self.name, retries=self.limit, timeout=timeout)
        except (OSError, ValueError) as error:
            raise RuntimeError("cannot publish %s" % self.name) from error
"#
        );
    }
    out
}

#[divan::bench(args = [1, 2], sample_count = 10)]
fn index(bencher: divan::Bencher<'_, '_>, threads: usize) {
    let files = tree();
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    bencher
        .counter(BytesCount::new(bytes))
        .with_inputs(|| files.clone())
        .bench_values(|files| Index::build(files, threads));
}

/// What any index on this parser costs at least: one core, every identifier's places by name.
#[divan::bench(sample_count = 10)]
fn floor(bencher: divan::Bencher<'_, '_>) {
    let files = tree();
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    bencher.counter(BytesCount::new(bytes)).bench(|| {
        let language = tree_sitter::Language::from(tree_sitter_python::LANGUAGE);
        let identifier = language.id_for_node_kind("identifier", true);
        let mut parser = tree_sitter::Parser::new();
        assert!(parser.set_language(&language).is_ok());
        let mut places: HashMap<Box<str>, Vec<(usize, u32, u32)>> = HashMap::new();
        for (number, (_, text)) in files.iter().enumerate() {
            let Some(tree) = parser.parse(&**text, None) else { continue };
            let mut cursor = tree.walk();
            'walk: loop {
                let node = cursor.node();
                if node.kind_id() == identifier {
                    let place = (number, node.start_position().row as u32, node.start_position().column as u32);
                    match places.get_mut(&text[node.byte_range()]) {
                        Some(known) => known.push(place),
                        None => drop(places.insert(text[node.byte_range()].into(), vec![place])),
                    }
                }
                if !cursor.goto_first_child() {
                    while !cursor.goto_next_sibling() {
                        if !cursor.goto_parent() {
                            break 'walk;
                        }
                    }
                }
            }
        }
        places
    });
}

/// The same tree from what a cache kept: nothing is parsed.
#[divan::bench(sample_count = 10)]
fn from_cache(bencher: divan::Bencher<'_, '_>) {
    let files = tree();
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    let kept: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), FileIndex::parse(text).to_bytes())).collect();
    bencher.counter(BytesCount::new(bytes)).bench(|| {
        let read = |bytes: &[u8]| FileIndex::from_bytes(bytes).map(Arc::new).ok();
        Index::assemble(kept.iter().filter_map(|(path, bytes)| Some((*path, read(bytes)?))))
    });
}

/// One file changes in a tree that is already known.
#[divan::bench(sample_count = 20)]
fn change_one_file(bencher: divan::Bencher<'_, '_>) {
    let index = Index::build(tree(), 2);
    let text = source(7);
    bencher.bench(|| index.with_file("shop/part_7/module_7.py", &text));
}
