use crate::fixture::index;
use code_index::OutlineItem;

fn draw(items: &[OutlineItem], depth: usize, out: &mut String) {
    for item in items {
        let (first, last) = item.lines;
        let indent = "  ".repeat(depth);
        out.push_str(&format!("{indent}{first}-{last} {:?} {} | {}\n", item.kind, item.name, item.signature));
        draw(&item.children, depth + 1, out);
    }
}

#[test]
fn the_outline_of_a_module_is_nested_as_the_module_is() {
    let mut out = String::new();
    draw(&index().outline("helpdesk/corpus.py"), 0, &mut out);
    insta::assert_snapshot!(out);
}

#[test]
fn every_symbol_of_the_project_is_found_once() {
    let index = index();
    let line = |symbol: &code_index::Symbol| {
        let test = if symbol.is_test { " (test)" } else { "" };
        let doc = symbol.doc.as_ref().map(|doc| format!(" -- {doc}")).unwrap_or_default();
        format!("{} {:?} @{:?}{test}{doc}", symbol.location(), symbol.kind, symbol.decorators)
    };
    insta::assert_snapshot!(index.symbols().map(line).collect::<Vec<_>>().join("\n"));
    insta::assert_debug_snapshot!(index.stats());
}
