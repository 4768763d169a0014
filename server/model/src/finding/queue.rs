//! What is wrong with a queue as far as its directories alone tell.

use zooscope_protocol::{About, Finding, Severity, ZnodePath};

use super::Check;
use crate::census::Family;
use crate::recipe::{QueueFact, Site, finding};
use crate::revision::Revision;

/// What is wrong with a queue.
pub(crate) fn of_queue(site: &Site<'_>, queue: &QueueFact) -> Vec<Finding> {
    let mut found = Vec::new();
    let about = About::Queue(site.path.clone());
    if let Some(items) = Site::at(site.tree, site.censuses, &queue.items) {
        found.extend(foreign_item(&items, queue.family, about));
    }
    found
}

/// Items that are marked as taken and not there, for longer than a consumer takes to clear up: Curator's deletes an item and then
/// its mark.
pub(super) struct Orphans;

/// So long a mark may be there without its item, in milliseconds.
const CLEARS_UP_MS: u64 = 5_000;

impl Check for Orphans {
    fn check(&self, now: &Revision, found: &mut Vec<Finding>) {
        for (path, orphans) in now.observed.orphans() {
            let old = orphans.iter().filter(|(_, since)| since.millis_until(now.at) >= CLEARS_UP_MS);
            let old: Vec<ZnodePath> = old.map(|(orphan, _)| orphan.path.clone()).collect();
            let Some(first) = old.first() else { continue };
            let (is, there) = if old.len() == 1 { ("is", "is") } else { ("are", "are") };
            let sentence = format!(
                "{} of this queue's items {is} marked as taken but {there} not there any more, the first is {}: its consumer worked on an \
                 item that was deleted meanwhile, or has not cleared up; the mark goes when its session ends.",
                old.len(),
                first.name(),
            );
            found.push(finding("taken_orphan", Severity::Warn, sentence, About::Queue(path.clone()), old));
        }
    }
}

/// A child among a queue's items that is none, and what each library makes of one.
fn foreign_item(items: &Site<'_>, family: Family, about: About) -> Option<Finding> {
    let (count, name) = items.foreign(&[family])?;
    if let Some(name) = name.filter(|name| grows(name)) {
        let sentence = format!(
            "{name} has more than one number at its end: a consumer put an item back under its whole name, which grows by ten \
             characters each time (CURATOR-56). No consumer takes it any more; put its data in again as a new item and delete it."
        );
        let members = items.path.child(name).into_iter().collect();
        return Some(finding("growing_name", Severity::Warn, sentence, about, members));
    }
    let named = name.unwrap_or("one of them");
    let children = if count == 1 { "one child" } else { "children" };
    let (severity, what) = match family {
        Family::KazooEntry => {
            (Severity::Warn, "kazoo's consumers take it as if it were an item. Delete the child.")
        }
        family if family.is_declared() => (
            Severity::Info,
            "The `members` of the declared recipe does not match its name, or its number is none.",
        ),
        _ => (Severity::Info, "The consumers leave it where it is."),
    };
    let sentence = format!("This directory has {children} that no producer made, as {named}. {what}");
    let members = name.and_then(|name| items.path.child(name).ok()).into_iter().collect();
    Some(finding("foreign_child", severity, sentence, about, members))
}

/// Whether a name ends with two numbers or more, one right after the other.
fn grows(name: &str) -> bool {
    let digits = name.bytes().rev().take_while(u8::is_ascii_digit).count();
    let item = ["queue-", "qn-", "entry-"].iter().any(|prefix| name.starts_with(prefix));
    item && digits >= 20 && digits.is_multiple_of(10)
}
