//! Folding a log of 5,000 events, and the report on it.

#[path = "../tests/assess/log.rs"]
#[allow(dead_code, clippy::unwrap_used, reason = "written for tests, which use more of it")]
mod log;

use divan::{Bencher, black_box};
use domain::event::RunEnd;
use domain::session::State;
use domain::task::Side::Plant;
use log::{CONFIG, Log, Part};

fn main() {
    divan::main();
}

/// A session of 5,000 events: mostly edits, as in real ones, with a prompt every hundred and a run every two hundred.
fn session() -> Log {
    let mut log = Log::new(&["top_k", "metric"]);
    let mut step = 0;
    while log.events.len() < 4_990 {
        step += 1;
        match step {
            step if step % 100 == 50 => {
                log.meet(&format!("Does `search` cut before ranking? ({step})"), &[Part::Claim("top_k", Plant)]);
            }
            step if step % 200 == 0 => {
                log.run(&[], RunEnd::Passed);
            }
            step => {
                log.wait(if step % 40 == 0 { 12_000 } else { 200 });
                log.edit(
                    CONFIG,
                    "CHUNK_WORDS = 4",
                    if step % 2 == 0 { "CHUNK_WORDS = 4" } else { "#\nCHUNK_WORDS = 4" },
                    None,
                );
            }
        }
    }
    log.submit("sort_key compares version labels as text.");
    log.probe_truly();
    log
}

#[divan::bench(sample_count = 20)]
fn fold(bencher: Bencher<'_, '_>) {
    let log = session();
    bencher.bench_local(|| State::replay(log.task.base.clone(), black_box(&log.events)).map(|state| state.seq()));
}

#[divan::bench(sample_count = 10)]
fn report(bencher: Bencher<'_, '_>) {
    let log = session();
    bencher
        .bench_local(|| assess::report(black_box(&log.task), black_box(&log.events)).map(|report| report.items.len()));
}
