//! What a new item is called so that consumers take it when they should: by recipe, and never longer than its kind is.

use zooscope_protocol::action::Due;
use zooscope_protocol::{Clause, Item, QueueKind, Refusal, RefusalCode, Timestamp, ZnodePath};

use super::items::{Found, not_item};
use crate::census::{Family, due_field, priority_field, sequence};
use crate::recipe::QueueFact;

/// What a new znode is called.
pub(super) enum Name {
    /// ZooKeeper adds the number.
    Numbered(ZnodePath),
    /// Just so: a number that is free and lower than all others.
    Free(ZnodePath),
}

/// Times that a delay queue's names can tell from ids, in milliseconds: 2001 to 2100.
const TIMES: std::ops::Range<i64> = 978_307_200_000..4_133_980_800_000;

/// What an item's name begins with, if it is made anew with these options.
pub(super) fn fresh(
    fact: &QueueFact,
    (priority, due, id): (Option<i32>, Option<Due>, Option<&str>),
    now: Timestamp,
) -> Result<String, Refusal> {
    unwanted(fact, priority.is_some(), due.is_some())?;
    if id.is_some() && fact.kind != QueueKind::Id {
        return Err(not_allowed("the items of this queue have no ids; leave `id` out"));
    }
    Ok(match (fact.family, fact.kind) {
        (Family::KazooEntry, _) => kazoo(priority.unwrap_or(100))?,
        (Family::CuratorItem, QueueKind::Priority) => {
            format!("queue-{}", priority_field(priority.unwrap_or(0)))
        }
        (Family::CuratorItem, QueueKind::Delay) => delayed(due.unwrap_or(Due::Now), now)?,
        (Family::CuratorItem, QueueKind::Id) => {
            // Curator itself writes `_` for what would break its names.
            let id = id.unwrap_or_default().replace(['/', '|'], "_");
            format!("queue-|{id}|")
        }
        (Family::CuratorItem, _) => "queue-".to_owned(),
        (Family::SimpleItem, _) => "qn-".to_owned(),
        _ => {
            let detail = "how the programs of this queue name and write an item is known to them alone, so none can be put";
            return Err(not_allowed(detail));
        }
    })
}

/// What the item's name begins with at the tail of those with this priority or time.
pub(super) fn tail(
    found: &Found<'_>,
    priority: Option<i32>,
    due: Option<Due>,
    now: Timestamp,
) -> Result<ZnodePath, Refusal> {
    if priority.is_none() && due.is_none() {
        return found.named(found.base()?);
    }
    let fact = found.fact;
    unwanted(fact, priority.is_some(), due.is_some())?;
    let name = match (fact.family, priority, due) {
        (Family::KazooEntry, Some(priority), _) => kazoo(priority)?,
        (Family::CuratorItem, Some(priority), _) => format!("queue-{}", priority_field(priority)),
        (Family::CuratorItem, None, Some(due)) => delayed(due, now)?,
        _ => return Err(not_allowed(DECLARED)),
    };
    found.named(&name)
}

const DECLARED: &str =
    "how the programs of this queue write a priority is known to them alone, so it cannot be changed";

/// What the item is called before all others; with what that changes about it.
pub(super) fn head(found: &Found<'_>) -> Result<(Name, Option<Clause>), Refusal> {
    let (item, base) = (&found.item, found.base()?);
    let first = found.items.window(0, 1).pop().ok_or_else(|| not_item(&item.path))?;
    if first.name == item.name {
        return Err(not_allowed("it is the first of this queue already"));
    }
    if found.fact.kind == QueueKind::Delay {
        return before_its_time(found, &first);
    }
    let same =
        found.fact.kind == QueueKind::Id || first.name.starts_with(base) && same_base(found, &first, base);
    if let Some(number) = first.sequence.filter(|number| same && *number > 0) {
        let path = found.named(&format!("{base}{:010}", number - 1))?;
        return Ok((Name::Free(path), None));
    }
    let lower = match (found.fact.family, first.priority) {
        (Family::KazooEntry, Some(priority)) if priority > 0 => {
            i32::try_from(priority - 1).ok().map(|lower| (lower, kazoo(lower)))
        }
        (Family::CuratorItem, Some(priority)) => i32::try_from(priority)
            .ok()
            .and_then(|priority| priority.checked_sub(1))
            .map(|lower| (lower, Ok(format!("queue-{}", priority_field(lower))))),
        _ => None,
    };
    let Some((priority, name)) = lower else {
        let detail = format!(
            "{} is first, and no name that this queue's consumers understand comes before it: there is no lower number, and no lower \
             priority. Move the items that stand before this one to the tail instead",
            first.name
        );
        return Err(not_allowed(&detail));
    };
    let sentence = format!(
        "The item's priority becomes {priority}, below that of {}, which is first now, and stays so.",
        first.name
    );
    Ok((Name::Numbered(found.named(&name?)?), Some(Clause::new("priority_changes", sentence))))
}

/// Whether the first item's name is the item's own but for the number.
fn same_base(found: &Found<'_>, first: &Item, base: &str) -> bool {
    match &found.fact.declared {
        None => sequence::split(&first.name).is_some_and(|(its, _)| its == base),
        Some(declared) => declared.prefix(&first.name) == Some(base),
    }
}

/// In a delay queue the earliest goes first, when its time has come.
fn before_its_time(found: &Found<'_>, first: &Item) -> Result<(Name, Option<Clause>), Refusal> {
    let time = first.not_before.map(|time| Timestamp(time.0 - 1)).filter(|time| TIMES.contains(&time.0));
    let Some(time) = time else {
        let detail =
            format!("{} is first and has no time, and no item with a time comes before it", first.name);
        return Err(not_allowed(&detail));
    };
    let path = found.named(&format!("queue-{}", due_field(time.0)))?;
    let sentence = format!("The item's time becomes {time}, right before that of {}.", first.name);
    Ok((Name::Numbered(path), Some(Clause::new("time_changes", sentence))))
}

/// Refuses a priority or a time where the recipe has none.
fn unwanted(fact: &QueueFact, priority: bool, due: bool) -> Result<(), Refusal> {
    let curator = fact.family == Family::CuratorItem;
    let priorities = fact.family == Family::KazooEntry
        || fact.family == Family::DeclaredPriorityItem
        || curator && fact.kind == QueueKind::Priority;
    if priority && !priorities {
        return Err(not_allowed("the items of this queue have no priorities; leave `priority` out"));
    }
    if due && !(curator && fact.kind == QueueKind::Delay) {
        return Err(not_allowed("the items of this queue have no time of their own; leave `not_before` out"));
    }
    Ok(())
}

fn kazoo(priority: i32) -> Result<String, Refusal> {
    if (0..=999).contains(&priority) {
        return Ok(format!("entry-{priority:03}-"));
    }
    Err(Refusal::new(RefusalCode::BadRequest, "`priority` is 0 to 999 in a queue of kazoo's"))
}

fn delayed(due: Due, now: Timestamp) -> Result<String, Refusal> {
    let time = due.time().unwrap_or(now);
    if TIMES.contains(&time.0) {
        return Ok(format!("queue-{}", due_field(time.0)));
    }
    Err(Refusal::new(RefusalCode::BadRequest, "`not_before` is a time of the years 2001 to 2100"))
}

fn not_allowed(detail: &str) -> Refusal {
    Refusal::new(RefusalCode::NotAllowed, detail)
}
