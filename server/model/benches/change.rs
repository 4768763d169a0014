//! What one change costs: in a queue and in a lock of 100 members and of 100,000. The law: within three times.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use zooscope_model::{Record, Revision, Tree};
use zooscope_protocol::{ClusterInfo, RevisionId, Stat, Status, Timestamp, ZnodePath, Zxid};

fn info(status: Status) -> ClusterInfo {
    ClusterInfo {
        name: "bench".to_owned(),
        connect: "127.0.0.1:2181".to_owned(),
        status,
        server_version: None,
        session: None,
        znodes: 0,
        expected: 0,
        revision: RevisionId(0),
        since: Timestamp(0),
        error: None,
        environment: zooscope_protocol::Environment::default(),
    }
}

fn record(number: u32, owner: i64) -> Record {
    let stat = Stat {
        czxid: Zxid(i64::from(number) + 1),
        ctime: Timestamp(i64::from(number)),
        ephemeral_owner: owner,
        ..Stat::default()
    };
    Record { stat, data: Arc::from(&b"job"[..]), readable: true }
}

/// A revision with so many members, and the tree in which the first is gone and another came.
fn line(members: u32, name: fn(u32) -> String, owned: bool) -> (Revision, Tree) {
    let path = |number| ZnodePath::parse(&name(number)).expect("a path");
    let mut tree = Tree::default();
    tree.put(&path(0).parent().expect("a parent"), Record::default());
    let owner = |number: u32| if owned { i64::from(number) + 1 } else { 0 };
    for number in 0..members {
        tree.put(&path(number), record(number, owner(number)));
    }
    let first = Revision::first(info(Status::Scanning), Timestamp(0));
    let now = first.next(tree.clone(), info(Status::Live), Timestamp(1));
    tree.remove(&path(0));
    tree.put(&path(members), record(members, owner(members)));
    (now, tree)
}

fn item(number: u32) -> String {
    format!("/q/entry-100-{number:010}")
}

fn contender(number: u32) -> String {
    format!("/l/{number:032x}__lock__{number:010}")
}

fn change(criterion: &mut Criterion) {
    for (what, name, owned) in [("queue", item as fn(u32) -> String, false), ("lock", contender, true)] {
        let mut group = criterion.benchmark_group(format!("one change in a {what}"));
        for members in [100, 100_000] {
            let (now, tree) = line(members, name, owned);
            group.bench_with_input(BenchmarkId::from_parameter(members), &members, |bencher, _| {
                bencher.iter(|| black_box(now.next(tree.clone(), info(Status::Live), Timestamp(2))));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, change);
criterion_main!(benches);
