//! A bare git repository: objects and refs, written so that the same input gives the same ids.
//!
//! The layout is written by hand and the configuration is the repository's own file alone, so that
//! templates, filters, line endings, signing and hooks of the user or machine play no part.

use crate::commit_patch::Author;
use crate::error::Error;
use crate::formats::is_sha;
use crate::patch::{File, Files};
use domain::ids::{CommitId, RepoPath};
use git2::{ErrorCode, FileMode, ObjectType, Oid, Repository, Signature, Time, Tree};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// The largest text that is read, in bytes.
pub(crate) const MAX_TEXT_BYTES: usize = 1 << 20;

/// Objects reach the disk before a ref names them.
const CONFIG: &str = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n\tfsyncObjectFiles = true\n";

/// How often and how long to wait for a ref that another process is writing: a second in all.
const LOCK_TRIES: u32 = 200;
const LOCK_WAIT: Duration = Duration::from_millis(5);

/// Objects go to memory before they go to any other place.
const MEMORY_FIRST: i32 = 1000;

/// An open bare repository.
pub(crate) struct Bare {
    repo: Repository,
    path: PathBuf,
}

/// What a tree holds at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: Oid,
    pub(crate) executable: bool,
}

impl Bare {
    /// Lays out an empty repository in a new folder.
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        let lay_out = || {
            for folder in ["objects/info", "objects/pack", "refs/heads", "refs/tags"] {
                fs::create_dir_all(path.join(folder))?;
            }
            fs::write(path.join("HEAD"), "ref: refs/heads/main\n")?;
            fs::write(path.join("config"), CONFIG)
        };
        lay_out().map_err(Error::io("create the repository", path))?;
        Self::open(path)
    }

    /// Opens a repository that [`Bare::create`] laid out.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let open = || {
            let repo = Repository::open_bare(path)?;
            // Opening has merged the user's and the machine's files in; from here on only our own counts.
            repo.set_config(&git2::Config::open(&path.join("config"))?)?;
            Ok(repo)
        };
        let repo = open().map_err(Error::git("open the repository", path))?;
        Ok(Self { repo, path: path.to_owned() })
    }

    /// Wraps a git error with what was tried here.
    pub(crate) fn failed(&self, action: &'static str) -> impl FnOnce(git2::Error) -> Error {
        Error::git(action, &self.path)
    }

    pub(crate) fn repo(&self) -> &Repository {
        &self.repo
    }

    /// The commit with this id, if it is here.
    pub(crate) fn find(&self, id: &CommitId) -> Option<git2::Commit<'_>> {
        let id = is_sha(id.as_str()).then(|| Oid::from_str(id.as_str()).ok())?;
        self.repo.find_commit(id?).ok()
    }

    /// Writes what `write` commits as one pack, on the disk when this returns: much faster than one
    /// file for every object. When `write` gives nothing, nothing is written.
    pub(crate) fn in_one_pack<T>(&self, write: impl FnOnce() -> Result<Option<T>, Error>) -> Result<Option<T>, Error> {
        let odb = self.repo.odb().map_err(self.failed("open the objects"))?;
        let memory = odb.add_new_mempack_backend(MEMORY_FIRST).map_err(self.failed("collect objects"))?;
        let written = write()?;
        if written.is_some() {
            let mut pack = git2::Buf::new();
            memory.dump(&self.repo, &mut pack).map_err(self.failed("make a pack"))?;
            if objects(&pack) > 0 {
                let mut writer = odb.packwriter().map_err(self.failed("write a pack"))?;
                writer.write_all(&pack).map_err(Error::io("write a pack in", &self.path))?;
                writer.commit().map_err(self.failed("write a pack"))?;
                self.sync_packs().map_err(Error::io("write a pack in", &self.path))?;
            }
        }
        memory.reset().map_err(self.failed("collect objects"))?;
        Ok(written)
    }

    fn sync_packs(&self) -> io::Result<()> {
        let folder = self.path.join("objects/pack");
        for entry in fs::read_dir(&folder)? {
            match fs::File::open(entry?.path()) {
                Ok(file) => file.sync_all()?,
                // Another process had a temporary file here.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        fs::File::open(&folder)?.sync_all()
    }

    /// Writes a commit of these files.
    pub(crate) fn commit(
        &self,
        parent: Option<&CommitId>,
        files: &Files,
        author: &Author,
        message: &str,
    ) -> Result<CommitId, Error> {
        let write = || {
            let tree = self.repo.find_tree(self.write_tree(files)?)?;
            let time = Time::new(author.seconds, author.offset);
            let signature = Signature::new(&author.name, &author.mail, &time)?;
            let parent =
                parent.map(|id| Oid::from_str(id.as_str()).and_then(|id| self.repo.find_commit(id))).transpose()?;
            let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
            self.repo.commit(None, &signature, &signature, message, &tree, &parents)
        };
        write().map(|id| CommitId(id.to_string())).map_err(self.failed("write a commit"))
    }

    fn write_tree(&self, files: &Files) -> Result<Oid, git2::Error> {
        let mut root = Folder::default();
        let odb = self.repo.odb()?;
        for (path, file) in files {
            let id = odb.write(ObjectType::Blob, file.text.as_bytes())?;
            root.insert(path.as_str(), Entry { id, executable: file.executable });
        }
        root.write(&self.repo)
    }

    /// Points a ref at a commit, whatever it pointed at before. Waits a while for another writer of it.
    pub(crate) fn point(&self, name: &str, id: &CommitId) -> Result<(), Error> {
        let point = || {
            let id = Oid::from_str(id.as_str())?;
            if self.repo.refname_to_id(name).is_ok_and(|now| now == id) {
                return Ok(());
            }
            self.repo.reference(name, id, true, "").map(|_| ())
        };
        let mut done = point();
        for _ in 0..LOCK_TRIES {
            match &done {
                Err(error) if error.code() == ErrorCode::Locked => thread::sleep(LOCK_WAIT),
                _ => break,
            }
            done = point();
        }
        done.map_err(self.failed("set a ref"))
    }

    /// The files of a commit as they are; everything must be text.
    pub(crate) fn files(&self, id: &CommitId) -> Result<Files, Error> {
        let mut files = Files::new();
        for (path, entry) in self.entries(id)? {
            let text = self.text(entry.id)?.ok_or_else(|| Error::NotText { path: path.clone() })?;
            files.insert(path, File { text: text.into(), executable: entry.executable });
        }
        Ok(files)
    }

    /// The working files of a commit: those that are text, with plain newlines.
    pub(crate) fn base(&self, id: &CommitId) -> Result<BTreeMap<RepoPath, Arc<str>>, Error> {
        let mut files = BTreeMap::new();
        for (path, entry) in self.entries(id)? {
            if let Some(text) = self.text(entry.id)? {
                let text = if text.contains('\r') { text.replace("\r\n", "\n") } else { text };
                files.insert(path, text.into());
            }
        }
        Ok(files)
    }

    /// Regular files of a commit, without reading them.
    pub(crate) fn entries(&self, id: &CommitId) -> Result<BTreeMap<RepoPath, Entry>, Error> {
        let read = || {
            let commit = self.repo.find_commit(Oid::from_str(id.as_str())?)?;
            let mut entries = BTreeMap::new();
            self.collect(&commit.tree()?, "", &mut entries)?;
            Ok(entries)
        };
        read().map_err(self.failed("read a commit"))
    }

    fn collect(
        &self,
        tree: &Tree<'_>,
        above: &str,
        entries: &mut BTreeMap<RepoPath, Entry>,
    ) -> Result<(), git2::Error> {
        for entry in tree {
            let Ok(name) = entry.name() else { continue };
            let path = format!("{above}{name}");
            match entry.kind() {
                Some(ObjectType::Tree) => {
                    self.collect(&self.repo.find_tree(entry.id())?, &format!("{path}/"), entries)?
                }
                Some(ObjectType::Blob) if entry.filemode() != i32::from(FileMode::Link) => {
                    let executable = entry.filemode() == i32::from(FileMode::BlobExecutable);
                    if let Ok(path) = RepoPath::parse(&path) {
                        entries.insert(path, Entry { id: entry.id(), executable });
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// A blob's text; none when it is too large or no UTF-8.
    pub(crate) fn text(&self, id: Oid) -> Result<Option<String>, Error> {
        let read = || {
            let odb = self.repo.odb()?;
            if odb.read_header(id)?.0 > MAX_TEXT_BYTES {
                return Ok(None);
            }
            Ok(String::from_utf8(odb.read(id)?.data().to_vec()).ok().filter(|text| !text.contains('\0')))
        };
        read().map_err(self.failed("read a file"))
    }
}

/// How many objects a pack holds, as its header says.
fn objects(pack: &[u8]) -> u32 {
    pack.get(8..12).and_then(|count| count.try_into().ok()).map_or(0, u32::from_be_bytes)
}

/// A folder on its way to becoming a tree.
#[derive(Default)]
struct Folder<'a> {
    files: BTreeMap<&'a str, Entry>,
    folders: BTreeMap<&'a str, Folder<'a>>,
}

impl<'a> Folder<'a> {
    fn insert(&mut self, path: &'a str, entry: Entry) {
        match path.split_once('/') {
            Some((folder, rest)) => self.folders.entry(folder).or_default().insert(rest, entry),
            None => {
                self.files.insert(path, entry);
            }
        }
    }

    fn write(&self, repo: &Repository) -> Result<Oid, git2::Error> {
        let mut tree = repo.treebuilder(None)?;
        for (name, entry) in &self.files {
            let mode = if entry.executable { FileMode::BlobExecutable } else { FileMode::Blob };
            tree.insert(name, entry.id, mode.into())?;
        }
        for (name, folder) in &self.folders {
            tree.insert(name, folder.write(repo)?, FileMode::Tree.into())?;
        }
        tree.write()
    }
}
