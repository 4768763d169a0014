//! Which items a bulk is about.

use std::collections::BTreeSet;

use zooscope_model::{Revision, project};
use zooscope_protocol::action::{Due, Return};
use zooscope_protocol::bulk::{BulkAction, Found, Marked, Selection};
use zooscope_protocol::{Clause, Item, Refusal, RefusalCode, Target, ZnodePath};

use crate::app::App;
use crate::auth::{Deed, Principal};
use crate::clock;

/// The items, each as it was seen: by the person who marked it, or at this revision. `sees` tells whether whoever asks may see what is
/// in a znode.
pub(super) fn targets(
    revision: &Revision,
    select: &Selection,
    most: usize,
    sees: impl Fn(&ZnodePath) -> bool,
) -> Result<Vec<Target>, Refusal> {
    let targets = match select {
        Selection::Marked(Marked { targets }) => {
            let paths: BTreeSet<_> = targets.iter().map(|target| &target.path).collect();
            if paths.len() < targets.len() {
                let detail = "each of the `targets` is named once";
                return Err(Refusal::new(RefusalCode::BadRequest, detail));
            }
            targets.clone()
        }
        Selection::Found(found) => {
            let items = project::items(revision, &found.queue, 0, usize::MAX).ok_or_else(|| {
                let detail = format!("no queue is recognised at `{}`", found.queue);
                Refusal::new(RefusalCode::NoQueue, detail)
            })?;
            let wanted = items.into_iter().filter(|item| wants(found, item, sees(&item.path)));
            wanted.take(most + 1).map(target).collect()
        }
    };
    if targets.len() > most {
        let detail = format!(
            "a bulk is about at most {most} items; select fewer, or raise `limits.bulk_items` of the configuration"
        );
        return Err(Refusal::new(RefusalCode::TooMany, detail));
    }
    Ok(targets)
}

/// Refuses whoever may not do this at the queue that is named, or at none of the items; those that are denied are left out later.
pub(super) fn allowed(
    app: &App,
    who: &Principal,
    deeds: &BTreeSet<Deed>,
    select: &Selection,
    cluster: &str,
) -> Result<(), Refusal> {
    let at = |path: &ZnodePath| {
        app.authority.allowed(who, deeds, &BTreeSet::from([path.clone()]), cluster).map(drop)
    };
    match select {
        Selection::Found(found) => at(&found.queue),
        Selection::Marked(Marked { targets }) => {
            let mut first = None;
            for target in targets {
                match at(&target.path) {
                    Ok(()) => return Ok(()),
                    Err(refusal) => first = first.or(Some(refusal)),
                }
            }
            first.map_or(Ok(()), Err)
        }
    }
}

fn target(item: Item) -> Target {
    Target { path: item.path, czxid: item.czxid, version: item.version, session: None }
}

/// Whether an item is looked for. What somebody may not see is not looked into either.
fn wants(found: &Found, item: &Item, seen: bool) -> bool {
    if found.taken.is_some_and(|taken| taken != item.taken_by.is_some()) {
        return false;
    }
    let Some(text) = found.q.as_deref().filter(|text| !text.is_empty()) else { return true };
    let text = text.to_lowercase();
    let has = |place: &str| place.to_lowercase().contains(&text);
    has(&item.name)
        || seen && has(&String::from_utf8_lossy(&item.preview.0))
        || seen
            && item.letter.as_ref().is_some_and(|letter| has(&letter.reason) || has(letter.origin.as_str()))
}

/// The action with the time that `now` is.
pub(super) fn settled(action: &BulkAction) -> BulkAction {
    match action.clone() {
        BulkAction::Requeue { priority, not_before: Some(Due::Now) } => {
            BulkAction::Requeue { priority, not_before: Some(Due::At(clock::now())) }
        }
        other => other,
    }
}

/// What comes of it, told of all.
pub(super) fn effects(action: &BulkAction, batches: u32) -> Vec<Clause> {
    let (code, sentence) = match action {
        BulkAction::Requeue { .. } => {
            ("goes_to_tail", "Each goes to the tail, in the order in which they stand.")
        }
        BulkAction::GiveBack { to: Return::Same, .. } => ("given_back", "Each is free, where it stands."),
        BulkAction::GiveBack { to: Return::Tail, .. } => {
            ("goes_to_tail", "Each is free, and goes to the tail.")
        }
        BulkAction::DeadLetter {} => (
            "set_aside",
            "Each is set aside, with where it was, your reason, who and when beside it, and can be put back from there.",
        ),
        BulkAction::Replay {} => (
            "goes_to_tail",
            "Each goes to the tail of the queue that it came from, and consumers take it again.",
        ),
        BulkAction::Delete {} => (
            "is_gone",
            "Each is gone. What is deleted is kept with the audit log, and can be restored from there, a transaction at a time.",
        ),
    };
    let how = if batches == 1 { "one transaction".to_owned() } else { format!("{batches} transactions") };
    let told = format!(
        "It is done in {how}, or some more: what changes meanwhile is left out and told, and the rest goes on."
    );
    vec![Clause::new(code, sentence), Clause::new("in_batches", told)]
}
