//! Time from asking to the first words of a live model, against a fake one on the same machine.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run should stop")]

#[path = "../tests/fake/mod.rs"]
mod fake;

use assistant::{Circumstances, Message, Role, Upstream, UpstreamConfig};
use fake::{Fake, done, head, words};
use futures_util::StreamExt;
use std::time::{Duration, SystemTime};

fn main() {
    divan::main();
}

#[divan::bench]
fn first_byte(bencher: divan::Bencher<'_, '_>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let fake = runtime.block_on(Fake::start(vec![vec![head(), words("Hello"), done()]]));
    let config = UpstreamConfig::new("fake", &fake.base_url, "fake");
    let circumstances = Circumstances { jitter: Duration::ZERO, now: SystemTime::UNIX_EPOCH };
    let upstream = Upstream::new(config).unwrap();
    let prompt = vec![Message { role: Role::User, content: "What does `newest` do?".to_owned() }];
    bencher.bench(|| {
        runtime.block_on(async {
            let mut answer = upstream.stream(&prompt, circumstances).await.unwrap();
            answer.next().await.unwrap().unwrap()
        })
    });
}
