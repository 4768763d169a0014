//! Queues that do not move, or move in a circle.

use zooscope_protocol::{About, Finding, Item, QueueKind, Severity, ZnodePath};

use super::Check;
use super::directory::{PACKET_BYTES, list_bytes};
use crate::census::Family;
use crate::observed::Flow;
use crate::queue::Items;
use crate::recipe::{QueueFact, finding};
use crate::revision::Revision;

/// From how many items a second on a queue may be said to race.
const RACING: f64 = 5.0;
/// At most so deep is a queue in which an item goes round.
const SHALLOW: u32 = 3;
/// So many times in a row the first item was another one with the same data.
const REPEATS: u32 = 10;
/// So many taken items of a queue are looked at.
const LOOK: usize = 16;

/// Nothing leaves, and nobody is seen to consume.
pub(super) struct NoConsumer;

/// The first item stays while others leave.
pub(super) struct StuckHead;

/// One item is taken and put back, again and again.
pub(super) struct PoisonLoop;

/// An item is taken by a session that has no connection or does nothing.
pub(super) struct IdleConsumer;

/// The queues that have items, as they move.
fn moving(now: &Revision) -> impl Iterator<Item = (&ZnodePath, &QueueFact, &Flow)> {
    let queues = now.catalog.queues.iter();
    // What was set aside is meant to stay.
    let queues = queues.filter(|(_, queue)| queue.depth > 0 && queue.kind != QueueKind::DeadLetter);
    queues.filter_map(|(path, queue)| Some((path, queue.as_ref(), now.observed.flow(path)?)))
}

/// The queues that somebody consumes, as they move: ClickHouse's log of DDL is read by every host, and cleared later.
fn consumed(now: &Revision) -> impl Iterator<Item = (&ZnodePath, &QueueFact, &Flow)> {
    moving(now).filter(|(_, queue, _)| queue.family != Family::ClickhouseQuery)
}

/// How bad it is, and what to do: where a system is to be left alone, what is said of it, for it has its own pace.
fn advice(queue: &QueueFact, else_do: &'static str) -> (Severity, &'static str) {
    queue.hands_off.map_or((Severity::Warn, else_do), |why| (Severity::Info, why))
}

fn first(now: &Revision, queue: &QueueFact) -> Option<Item> {
    Items::of(&now.tree, &now.catalog.censuses, queue)?.window(0, 1).pop()
}

/// Whether the first item could have been taken for so many seconds.
fn due(now: &Revision, item: &Item, seconds: u64) -> bool {
    item.not_before.is_none_or(|time| time.millis_until(now.at) / 1_000 >= seconds)
}

impl Check for NoConsumer {
    fn check(&self, now: &Revision, found: &mut Vec<Finding>) {
        let patience = now.thresholds.queue;
        for (path, queue, flow) in consumed(now) {
            let Some(still) =
                flow.still_since().filter(|since| since.millis_until(now.at) / 1_000 >= patience)
            else {
                continue;
            };
            if queue.consumers.is_some_and(|consumers| consumers > 0)
                || queue.in_flight.is_some_and(|taken| taken > 0)
            {
                continue;
            }
            let Some(item) = first(now, queue).filter(|item| due(now, item, patience)) else { continue };
            let (severity, advice) =
                advice(queue, "Start a consumer, or see why it does not take this item.");
            let sentence = format!(
                "Nothing has left this queue since {still}, while items wait and nobody is seen to consume: the first is {}, of {}. \
                 {advice}",
                item.name, item.created
            );
            found.push(finding(
                "no_consumer",
                severity,
                sentence,
                About::Queue(path.clone()),
                vec![item.path],
            ));
        }
    }
}

impl Check for StuckHead {
    fn check(&self, now: &Revision, found: &mut Vec<Finding>) {
        let patience = now.thresholds.queue;
        for (path, queue, flow) in consumed(now) {
            let Some(since) =
                flow.head_passed_over().filter(|since| since.millis_until(now.at) / 1_000 >= patience)
            else {
                continue;
            };
            // What a consumer has taken is worked on, and leaves when that is done.
            let stuck = |item: &Item| due(now, item, patience) && item.taken_by.is_none();
            let Some(item) = first(now, queue).filter(stuck) else { continue };
            let (severity, advice) = advice(
                queue,
                "Look at its data, and put it at the end of the queue if it holds up the work.",
            );
            let sentence = format!(
                "{} is first in this queue since {since:#} and stays, while others that stand behind it leave: its consumer hangs, works \
                 for long or cannot read it. {advice}",
                item.name
            );
            found.push(finding(
                "stuck_head",
                severity,
                sentence,
                About::Queue(path.clone()),
                vec![item.path],
            ));
        }
    }
}

impl Check for PoisonLoop {
    fn check(&self, now: &Revision, found: &mut Vec<Finding>) {
        for (path, queue, flow) in consumed(now) {
            let (Some(come), Some(gone)) = (flow.in_rate, flow.out_rate) else { continue };
            let even = (come - gone).abs() <= come / 10.0;
            if queue.depth > SHALLOW || come < RACING || !even || flow.repeats() < REPEATS {
                continue;
            }
            let Some(item) = first(now, queue) else { continue };
            let (severity, advice) =
                advice(queue, "Look at its data, and let the consumer give up after some attempts.");
            let sentence = format!(
                "One item seems to go round here: many a second leave and as many come, the queue stays as short as it is, and the \
                 first has the same {} bytes each time under a new name. A consumer fails on it and puts it back. {advice}",
                item.size
            );
            found.push(finding(
                "poison_loop",
                severity,
                sentence,
                About::Queue(path.clone()),
                vec![item.path],
            ));
        }
    }
}

impl Check for IdleConsumer {
    fn check(&self, now: &Revision, found: &mut Vec<Finding>) {
        let taking =
            now.catalog.queues.iter().filter(|(_, queue)| queue.in_flight.is_some_and(|taken| taken > 0));
        for (path, queue) in taking {
            let Some(items) = Items::of(&now.tree, &now.catalog.censuses, queue) else { continue };
            for item in items.window(0, LOOK) {
                let Some((mark, Some(session))) = items.taken(&item.name) else { continue };
                let peer = now.roster.peer(session);
                let since = now.tree.get(&mark).map(|znode| znode.stat().ctime);
                let old =
                    since.is_some_and(|since| since.millis_until(now.at) / 1_000 >= now.thresholds.queue);
                let how = match peer {
                    Some(peer) if peer.connected == Some(false) => {
                        "has no connection any more; the item is free again when it ends"
                    }
                    // A client that works for long sends nothing else either: worth knowing, not more.
                    Some(peer) if old && peer.last_operation.as_deref() == Some("PING") => {
                        "sends nothing but pings: it works for long, or forgot the item"
                    }
                    _ => continue,
                };
                let since = since.map(|since| format!(" since {since:#}")).unwrap_or_default();
                let sentence = format!("{} is taken{since} by session {session}, which {how}.", item.name);
                found.push(finding(
                    "taken_idle",
                    Severity::Info,
                    sentence,
                    About::Queue(path.clone()),
                    vec![item.path, mark],
                ));
            }
        }
    }
}

/// When the list of a queue's items will be longer than clients can take, in steps, as a sentence to be added.
pub(super) fn full_within(now: &Revision, path: &ZnodePath) -> Option<String> {
    let queue_path = if now.queue(path).is_some() { path.clone() } else { path.parent()? };
    let queue = now.queue(&queue_path).filter(|queue| queue.items == *path)?;
    let flow = now.observed.flow(&queue_path)?;
    let directory = now.tree.get(&queue.items)?;
    let (bytes, children) = (list_bytes(directory), directory.child_count());
    let each = bytes.checked_div(children).filter(|each| *each > 0)?;
    let room = PACKET_BYTES.checked_sub(bytes)? / each;
    let growth = flow.in_rate? - flow.out_rate?;
    if growth <= 0.0 {
        return None;
    }
    let hours = room as f64 / growth / 3_600.0;
    let when = match hours {
        ..1.0 => "an hour",
        1.0..24.0 => "a day",
        24.0..168.0 => "a week",
        _ => return None,
    };
    Some(format!(" At the rate at which it grows now that is reached within {when}."))
}
