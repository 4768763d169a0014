//! The reference for a scan: a tree read in batches with several on their way, and every answer dropped.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use zookeeper_client::{Client, MultiReadResult};

/// The most reads in one request.
const BATCH: usize = 1_000;
/// How many requests are on their way.
const IN_FLIGHT: usize = 4;

/// What a bare walk read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Walked {
    /// Znodes.
    pub znodes: usize,
    /// Bytes of their data.
    pub bytes: usize,
    /// From the first request to the last answer.
    pub took: Duration,
}

enum Wanted {
    Data(String),
    Children(String),
}

/// Reads everything at and below a path: data and stat of each znode, and the names of the children of those that have some.
///
/// # Panics
/// When the server does not answer, or a znode goes away meanwhile.
pub async fn walk(client: &Client, root: &str) -> Walked {
    let start = Instant::now();
    let mut walked = Walked::default();
    let mut wanted = VecDeque::from([Wanted::Data(root.to_owned())]);
    let mut flying = FuturesUnordered::new();
    loop {
        while flying.len() < IN_FLIGHT && !wanted.is_empty() {
            // Listings are few and large, so they go alone.
            let count = match wanted.front() {
                Some(Wanted::Children(_)) => 1,
                _ => wanted.iter().take(BATCH).take_while(|next| matches!(next, Wanted::Data(_))).count(),
            };
            let batch: Vec<Wanted> = wanted.drain(..count).collect();
            flying.push(async move {
                let mut reader = client.new_multi_reader();
                for read in &batch {
                    match read {
                        Wanted::Data(path) => reader.add_get_data(path),
                        Wanted::Children(path) => reader.add_get_children(path),
                    }
                    .expect("a valid path");
                }
                let answers = reader.commit().await.expect("a batch is read");
                (batch, answers)
            });
        }
        let Some((batch, answers)) = flying.next().await else { break };
        for (read, answer) in batch.into_iter().zip(answers) {
            match (read, answer) {
                (Wanted::Data(path), MultiReadResult::Data { data, stat }) => {
                    walked.znodes += 1;
                    walked.bytes += data.len();
                    if stat.num_children > 0 {
                        wanted.push_front(Wanted::Children(path));
                    }
                }
                (Wanted::Children(path), MultiReadResult::Children { children }) => {
                    let path = path.trim_end_matches('/');
                    wanted.extend(children.iter().map(|name| Wanted::Data(format!("{path}/{name}"))));
                }
                (_, other) => panic!("an answer is {other:?}"),
            }
        }
    }
    walked.took = start.elapsed();
    walked
}
