//! What is wrong, each in a whole sentence with its evidence. One file a subject.
//!
//! What a directory alone tells is found when the directory changes and stands in the catalogue. What takes time or the
//! servers' word to see is a [`Check`], made once a revision when somebody asks; a check looks at contended locks and at
//! queues, never at every member of a healthy one. A sentence says since when, not for how long, so that it stays the same
//! from one second to the next.

mod deadlock;
pub(crate) mod directory;
mod foreign;
mod held;
mod left_over;
mod lock;
mod peers;
mod queue;
mod queue_flow;
mod thresholds;
mod watches;
mod wedged;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use zooscope_protocol::finding::FindingCount;
use zooscope_protocol::{About, Finding, Member, Severity, ZnodePath};

use crate::revision::Revision;
pub(crate) use foreign::in_the_way;
pub(crate) use lock::of_lock;
pub(crate) use queue::of_queue;
pub use thresholds::{Steps, Thresholds};
pub(crate) use watches::later_writers;
pub(crate) use wedged::wedged;

/// One kind of thing that may be wrong at a revision.
trait Check: Sync {
    /// Adds what is wrong.
    fn check(&self, now: &Revision, found: &mut Vec<Finding>);
}

static CHECKS: [&dyn Check; 15] = [
    &deadlock::Circles,
    &held::Held,
    &held::Waiting,
    &left_over::LeftOver,
    &peers::Disconnected,
    &queue::Orphans,
    &queue_flow::NoConsumer,
    &queue_flow::StuckHead,
    &queue_flow::PoisonLoop,
    &queue_flow::IdleConsumer,
    &watches::NeverWakes,
    &watches::WaitsForLater,
    &watches::Phantom,
    &watches::Herd,
    &wedged::Wedged,
];

/// What is wrong at a revision.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// The worst first.
    all: Vec<Finding>,
    /// By what they are about, where that is a path.
    by_path: BTreeMap<ZnodePath, Vec<usize>>,
}

impl Findings {
    pub(crate) fn of(now: &Revision) -> Self {
        let locks = now.catalog.locks.values().flat_map(|lock| &lock.findings);
        let queues = now.catalog.queues.values().flat_map(|queue| &queue.findings);
        let mut all: Vec<Finding> = locks.chain(queues).cloned().collect();
        all.extend(now.catalog.directories.findings().map(|(path, finding)| told_of(now, path, finding)));
        for check in CHECKS {
            check.check(now, &mut all);
        }
        all.sort_by(|a, b| {
            let place = |finding: &Finding| Reverse(finding.severity);
            let rest = || (&a.code, &a.about, &a.sentence).cmp(&(&b.code, &b.about, &b.sentence));
            place(a).cmp(&place(b)).then_with(rest)
        });
        let mut by_path: BTreeMap<ZnodePath, Vec<usize>> = BTreeMap::new();
        for (at, finding) in all.iter().enumerate() {
            if let Some(path) = finding.about.path() {
                by_path.entry(path.clone()).or_default().push(at);
            }
        }
        Self { all, by_path }
    }

    /// All, the worst first.
    pub(crate) fn all(&self) -> &[Finding] {
        &self.all
    }

    /// Those about what is at a path, the worst first.
    pub(crate) fn at(&self, path: &ZnodePath) -> Vec<Finding> {
        let places = self.by_path.get(path).into_iter().flatten();
        places.map(|at| self.all[*at].clone()).collect()
    }

    /// How many there are of each code, the worst first.
    pub(crate) fn counts(&self) -> Vec<FindingCount> {
        let mut counts: BTreeMap<&str, (Severity, u32)> = BTreeMap::new();
        for finding in &self.all {
            let (worst, count) = counts.entry(&finding.code).or_insert((finding.severity, 0));
            *worst = finding.severity.max(*worst);
            *count += 1;
        }
        let told =
            |(code, (severity, count)): (&str, _)| FindingCount { code: code.to_owned(), severity, count };
        let mut counts: Vec<FindingCount> = counts.into_iter().map(told).collect();
        counts.sort_by_key(|count| (Reverse(count.severity), Reverse(count.count)));
        counts
    }
}

/// What is wrong with a directory, told of the lock or the queue that it is; with when its list will be too long.
fn told_of(now: &Revision, path: &ZnodePath, finding: &Finding) -> Finding {
    let about = if now.lock(path).is_some() {
        About::Lock(path.clone())
    } else if now.queue(path).is_some() {
        About::Queue(path.clone())
    } else {
        finding.about.clone()
    };
    let mut finding = Finding { about, ..finding.clone() };
    if finding.code == "list_size"
        && let Some(estimate) = queue_flow::full_within(now, path)
    {
        finding.sentence.push_str(&estimate);
    }
    finding
}

/// Who a contender is, at the beginning of a sentence.
fn who(member: &Member) -> String {
    match (&member.identity, member.session) {
        (Some(identity), Some(session)) => format!("{identity} (session {session})"),
        (None, Some(session)) => format!("Session {session}"),
        (Some(identity), None) => identity.clone(),
        (None, None) => member.name.clone(),
    }
}
