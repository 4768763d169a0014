//! Directories of locks that nobody wants any more: one finding for all that have one parent.

use zooscope_protocol::{About, Finding, Severity, Timestamp, ZnodePath};

use super::Check;
use crate::directories::is_left_over;
use crate::recipe::finding;
use crate::revision::Revision;

/// So many make a word worth while.
const LEAST: u32 = 50;
/// So many children are looked at for one that is old.
const LOOK: usize = 256;

/// Empty directories beside locks.
pub(super) struct LeftOver;

impl Check for LeftOver {
    fn check(&self, now: &Revision, found: &mut Vec<Finding>) {
        for (path, count) in now.catalog.directories.left_over(LEAST) {
            let Some(directory) = now.tree.get(path) else { continue };
            let old = |ctime: Timestamp| ctime.millis_until(now.at) / 1_000 >= now.thresholds.left_over;
            let mut children = directory.children().take(LOOK);
            let Some((name, first)) =
                children.find(|(_, child)| is_left_over(child) && old(child.stat().ctime))
            else {
                continue;
            };
            if !has_lock(now, path) {
                continue;
            }
            let sentence = format!(
                "{count} directories here had children once and are empty, the first is {name}, made at {}: locks that nobody wants any \
                 more and that their library never deletes. They cost memory on every server; delete those of names that do \
                 not come again, or make them as containers.",
                first.stat().ctime,
            );
            let members = path.child(name).into_iter().collect();
            found.push(finding(
                "left_over_directories",
                Severity::Info,
                sentence,
                About::Directory(path.clone()),
                members,
            ));
        }
    }
}

/// Whether a lock is or was right below a directory: only then its empty children are taken for locks.
fn has_lock(now: &Revision, path: &ZnodePath) -> bool {
    const LOOK: usize = 64;
    let Ok(first) = path.child("!") else { return false };
    let below = |found: &ZnodePath| found.parent().as_ref() == Some(path);
    let near = |found: &&ZnodePath| found.is_within(path);
    let known = now.catalog.locks.range(first.clone()..).map(|(path, _)| path);
    let idle = now.observed.idle_locks().range(first..).map(|(path, _)| path);
    known.take(LOOK).take_while(near).any(below) || idle.take(LOOK).take_while(near).any(below)
}
