//! Rates: what the directory's counters say against what was seen, and what a change costs.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use zooscope_model::{Revision, project};
use zooscope_protocol::recipe::DeclaredKind;
use zooscope_protocol::{Declaration, Status, Timestamp, ZnodePath};

use crate::built::{Built, at, hex};
use crate::declared::{declaration, declarations};
use crate::recorded::info;

/// What happens to a queue within a second: so many come, so many go, if there are as many.
fn seconds() -> impl Strategy<Value = Vec<(usize, usize)>> {
    proptest::collection::vec((0..6_usize, 0..6_usize), 2..90)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn rates_from_the_counters_agree_with_what_was_seen(seconds in seconds()) {
        let mut built = Built::default();
        built.create("/q/entry-100-0000000000", 0, b"job");
        let mut now = built.revision();
        let start = now.at.0;
        let (mut next, mut items) = (1_u32, std::collections::VecDeque::from([0_u32]));
        // What was seen in each second, the first look among them, at which nothing can be seen.
        let mut seen: Vec<(usize, usize)> = Vec::new();
        for (second, (come, go)) in seconds.into_iter().enumerate() {
            for _ in 0..come {
                built.create(&format!("/q/entry-100-{next:010}"), 0, b"job");
                items.push_back(next);
                next += 1;
            }
            let go = go.min(items.len());
            for number in items.drain(..go) {
                built.delete(&format!("/q/entry-100-{number:010}"));
            }
            let time = Timestamp(start + i64::try_from(second).unwrap() * 1_000);
            now = now.next(built.tree.clone(), info(Status::Live), time).tick(time).unwrap();
            seen.push(if second == 0 { (0, 0) } else { (come, go) });

            let queue = project::queue(&now, &at("/q")).unwrap();
            prop_assert_eq!(queue.depth as usize, items.len());
            if second == 0 {
                prop_assert_eq!((queue.in_rate, queue.out_rate), (None, None));
                continue;
            }
            let window = &seen[seen.len().saturating_sub(60).max(1)..];
            let rate = |count: usize| Some((count as f64 / window.len() as f64 * 100.0).round() / 100.0);
            let (came, went) = window.iter().fold((0, 0), |sum, seen| (sum.0 + seen.0, sum.1 + seen.1));
            prop_assert_eq!((queue.in_rate, queue.out_rate), (rate(came), rate(went)), "after {} s", second);
        }
    }
}

/// A revision with a queue or a lock of so many members, and its tree with one member less and one more.
fn line(members: u32, name: impl Fn(u32) -> String, session: i64) -> (Revision, Built) {
    let mut built = Built::default();
    for number in 0..members {
        built.create(&name(number), session * i64::from(number + 1), b"job");
    }
    let now = built.revision();
    built.delete(&name(0));
    built.create(&name(members), session * i64::from(members + 1), b"job");
    (now, built)
}

/// The least time that one change took among many tries: what disturbs a measurement only makes it longer.
fn cost((now, built): &(Revision, Built)) -> Duration {
    let once = || {
        let start = Instant::now();
        let next = now.next(built.tree.clone(), info(Status::Live), built.now());
        let took = start.elapsed();
        drop(next);
        took
    };
    (0..400).map(|_| once()).min().unwrap()
}

/// In a program that is not optimised the deeper path weighs more.
const MOST: u32 = if cfg!(debug_assertions) { 6 } else { 3 };

/// A short and a long line of one kind cost the same.
fn same_cost(what: &str, short: &(Revision, Built), long: &(Revision, Built)) {
    // Another program may take the processor for the whole of one attempt.
    let ratios = (0..5).map(|_| cost(long).as_secs_f64() / cost(short).as_secs_f64());
    let best = ratios.fold(f64::INFINITY, f64::min);
    assert!(
        best < f64::from(MOST),
        "one change in {what} of 100,000 costs {best:.1} times as much as in one of 100"
    );
}

#[test]
fn a_change_in_a_long_line_costs_what_it_costs_in_a_short_one() {
    let queue = |members| line(members, |number| format!("/q/entry-100-{number:010}"), 0);
    let lock = |members| line(members, |number| format!("/l/{}__lock__{number:010}", hex(number)), 1);
    same_cost("a queue", &queue(100), &queue(100_000));
    same_cost("a lock", &lock(100), &lock(100_000));
}

#[test]
fn a_change_in_a_long_declared_line_costs_what_it_costs_in_a_short_one() {
    let semaphore = Declaration {
        capacity: Some(3),
        ..declaration("slots", "/**/slots", DeclaredKind::Semaphore, r"s-(?<sequence>\d+)")
    };
    let ranked =
        declaration("ranked", "/*/ranked", DeclaredKind::PriorityQueue, r"(?<priority>\d)-(?<sequence>\d+)");
    let all = declarations([semaphore, ranked]);
    let declared = |(now, built): (Revision, Built)| {
        let now = now.with_declarations(all.clone(), now.at);
        (now, built)
    };
    let slots = |members| declared(line(members, |number| format!("/a/slots/s-{number:010}"), 1));
    let items =
        |members| declared(line(members, |number| format!("/a/ranked/{}-{number:010}", number % 10), 0));
    let (few, many) = (slots(100), slots(100_000));
    let lock = project::lock(&many.0, &ZnodePath::parse("/a/slots").unwrap(), 1).unwrap();
    assert_eq!((lock.held_by, lock.blocked), (3, 99_997), "it is what is measured");
    same_cost("a declared semaphore", &few, &many);
    same_cost("a declared queue", &items(100), &items(100_000));
}
