//! One run from the outside: the payload in, capped pipes out, an end.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::sync::oneshot;

use crate::limits::Counting;
use crate::slot::{Ended, Slots, Task};
use crate::stand::{Cause, Running};
use crate::{End, Error, Limits};

/// The trusted program inside.
pub(crate) const PROGRAM: &str = include_str!("../python/driver.py");

/// What the trusted program is asked to do.
pub(crate) struct Order {
    /// What `driver.py` reads, apart from what every order has.
    pub(crate) header: Map<String, Value>,
    /// Admitted files.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) stdin: Vec<u8>,
    pub(crate) limits: Limits,
    /// What the trusted program marks an observation with. It reads it when the candidate's process is already another.
    pub(crate) mark: Option<String>,
    /// Bytes kept of the result channel.
    pub(crate) result_bytes: usize,
    /// What needs no limit for a single process.
    pub(crate) counting: Counting,
}

/// What came back.
pub(crate) struct Ran {
    pub(crate) end: End,
    pub(crate) stdout: Stream,
    pub(crate) stderr: Stream,
    /// What was written to the result channel after the files were in.
    pub(crate) result: Stream,
    pub(crate) wall: Duration,
}

/// The beginning of what was written to a pipe.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    pub(crate) kept: Vec<u8>,
    pub(crate) truncated: bool,
}

/// Runs one order on the next free slot.
pub(crate) async fn carry_out(slots: &Slots, order: Order) -> Result<Ran, Error> {
    let (started, begun) = oneshot::channel();
    let (ended, over) = oneshot::channel();
    let text = payload_of(&order)?;
    slots.submit(Task { limits: order.limits.clone(), started, ended })?;
    let (running, ends) = begun.await.map_err(|_| Error::Setup("the slot ended".to_owned()))??;
    let running = Guard(running);
    let flood = Flood { running: &running.0, keep: order.limits.output_bytes, most: order.limits.flood_bytes() };
    // Our end of the payload stays open as long as the run may: when it closes, by whatever death, the run ends.
    let (_lifeline, _, stdout, stderr, result, ended) = tokio::join!(
        send(ends.payload, &text),
        async { drop(send(ends.stdin, &order.stdin).await) },
        flood.read(ends.stdout),
        flood.read(ends.stderr),
        read_result(ends.result, order.result_bytes, &running.0),
        over,
    );
    let ended = ended.map_err(|_| Error::Setup("the slot ended".to_owned()))?;
    let (stdout, stderr) = (stdout?, stderr?);
    let result = match result? {
        Unpacked::Yes(result) => result,
        Unpacked::No(why) if ended.cause.is_none() => return Err(never_began(&why, &stderr)),
        Unpacked::No(_) => Stream::default(),
    };
    Ok(Ran { end: end(&ended), stdout, stderr, result, wall: ended.wall })
}

/// Ends the run when whoever asked for it no longer waits.
struct Guard(Arc<Running>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.kill(Cause::Abandoned);
    }
}

fn never_began(why: &str, stderr: &Stream) -> Error {
    let said = String::from_utf8_lossy(&stderr.kept);
    let text = [why.trim(), said.trim()].join(" ");
    Error::Setup(if text.trim().is_empty() {
        "it ended before the files were in".to_owned()
    } else {
        text.trim().to_owned()
    })
}

/// How a run ended, by what is known. Our own reason comes first: a program can pretend any status, but not that.
fn end(ended: &Ended) -> End {
    match (ended.cause, ended.status) {
        (Some(Cause::Wall), _) => End::WallLimit,
        (Some(Cause::Cpu), _) => End::CpuLimit,
        (Some(Cause::Memory), _) => End::MemoryLimit,
        (Some(Cause::Processes), _) => End::ProcessLimit,
        (Some(Cause::Files), _) => End::FileLimit,
        (Some(Cause::Output), _) => End::OutputLimit,
        (Some(Cause::Abandoned), _) => End::Lost("nobody waited for it".to_owned()),
        (None, None) => End::Lost("no status was reported".to_owned()),
        (None, Some(status)) if status == 128 + libc::SIGXCPU => End::CpuLimit,
        (None, Some(status)) if (129..=192).contains(&status) => End::Signalled(status - 128),
        (None, Some(status)) => End::Exited(status),
    }
}

fn payload_of(order: &Order) -> Result<Vec<u8>, Error> {
    let mut header = order.header.clone();
    let sizes: Vec<(&str, usize)> = order.files.iter().map(|(path, content)| (path.as_str(), content.len())).collect();
    header.insert("files".to_owned(), json!(sizes));
    header.insert("rlimits".to_owned(), json!(order.limits.rlimits(order.counting)));
    let header = serde_json::to_vec(&header).map_err(|error| Error::Job(error.to_string()))?;
    let body: usize = order.files.iter().map(|(_, content)| content.len()).sum();
    let mut text = format!("{:08x}{body:08x}", header.len()).into_bytes();
    if text.len() != 16 {
        return Err(Error::Job("it is too large".to_owned()));
    }
    text.reserve(header.len() + body + 2);
    text.extend(header);
    for (_, content) in &order.files {
        text.extend(content);
    }
    // Without these two bytes nothing runs: a sender that was killed half way has sent nothing.
    text.extend(b"GO");
    text.extend(order.mark.iter().flat_map(|mark| mark.bytes()));
    Ok(text)
}

/// Writes all of it, or as much as the other side wants to read, and hands the pipe back.
async fn send(pipe: OwnedFd, text: &[u8]) -> Option<Sender> {
    let mut pipe = Sender::from_owned_fd(pipe).ok()?;
    let _ = pipe.write_all(text).await;
    Some(pipe)
}

struct Flood<'a> {
    running: &'a Running,
    keep: usize,
    most: usize,
}

impl Flood<'_> {
    /// Reads to the end, keeps the beginning, and ends a run that does not stop writing.
    async fn read(&self, pipe: OwnedFd) -> Result<Stream, Error> {
        let mut pipe = receiver(pipe)?;
        let mut stream = Stream::default();
        let mut total = 0_usize;
        while let Some(part) = next(&mut pipe).await? {
            total += part.len();
            stream.add(&part, self.keep);
            if total > self.most {
                self.running.kill(Cause::Output);
            }
        }
        Ok(stream)
    }
}

impl Stream {
    fn add(&mut self, part: &[u8], keep: usize) {
        let room = keep.saturating_sub(self.kept.len()).min(part.len());
        self.kept.extend(&part[..room]);
        self.truncated |= room < part.len();
    }
}

enum Unpacked {
    Yes(Stream),
    No(String),
}

const READY: &[u8] = b"ready\n";

/// Reads the result channel. Its first line is the trusted program's: it says that the files are in, and only after it
/// does anything of the candidate's run.
async fn read_result(pipe: OwnedFd, keep: usize, running: &Running) -> Result<Unpacked, Error> {
    let mut pipe = receiver(pipe)?;
    let mut stream = Stream::default();
    let mut told = false;
    while let Some(part) = next(&mut pipe).await? {
        stream.add(&part, keep + READY.len());
        if !told && stream.kept.starts_with(READY) {
            running.unpacked();
            told = true;
        }
    }
    if !told {
        let text = String::from_utf8_lossy(&stream.kept);
        return Ok(Unpacked::No(text.trim_start_matches("lost ").to_owned()));
    }
    stream.kept.drain(..READY.len());
    Ok(Unpacked::Yes(stream))
}

async fn next(pipe: &mut Receiver) -> Result<Option<Vec<u8>>, Error> {
    let mut part = Vec::with_capacity(64 << 10);
    let count = pipe.read_buf(&mut part).await.map_err(Error::system("reading a pipe"))?;
    Ok((count > 0).then_some(part))
}

fn receiver(pipe: OwnedFd) -> Result<Receiver, Error> {
    Receiver::from_owned_fd(pipe).map_err(Error::system("reading a pipe"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(status: Option<i32>, cause: Option<Cause>) -> End {
        end(&Ended { status, cause, wall: Duration::ZERO })
    }

    #[test]
    fn our_own_reason_outweighs_any_status() {
        for status in [None, Some(0), Some(1), Some(137)] {
            assert_eq!(ended(status, Some(Cause::Memory)), End::MemoryLimit);
            assert_eq!(ended(status, Some(Cause::Wall)), End::WallLimit);
            assert_eq!(ended(status, Some(Cause::Output)), End::OutputLimit);
        }
    }

    #[test]
    fn a_status_is_an_exit_a_signal_or_unknown_and_never_success_by_default() {
        assert_eq!(ended(Some(0), None), End::Exited(0));
        assert_eq!(ended(Some(3), None), End::Exited(3));
        assert_eq!(ended(Some(139), None), End::Signalled(11));
        assert_eq!(ended(Some(152), None), End::CpuLimit);
        assert!(matches!(ended(None, None), End::Lost(_)));
    }

    #[test]
    fn a_stream_keeps_its_beginning() {
        let mut stream = Stream::default();
        stream.add(b"abc", 5);
        assert!(!stream.truncated);
        stream.add(b"defg", 5);
        assert_eq!((stream.kept.as_slice(), stream.truncated), (b"abcde".as_slice(), true));
    }
}
