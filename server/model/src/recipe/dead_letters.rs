//! Where this console sets items aside.
//!
//! `<directory>/letter-<8 digits of a hash of the item's path>-<its czxid, 19 digits>` persistent, with the item's data and ACL, and below it `origin`, persistent,
//! the JSON of a `Letter`: where the item was, why, by whom and when it was set aside. An item is told by its czxid and its
//! path as long as the ensemble lives, so the name is never given twice, and no library's consumers take a name like it for an item of theirs. The
//! origin is a znode of its own so that the item's bytes stay as they are.

use zooscope_protocol::QueueKind;

use super::{Fact, QueueFact, Recogniser, Site};
use crate::census::Family;

pub(super) struct Directory;

impl Recogniser for Directory {
    fn recognise(&self, site: &Site<'_>) -> Option<Fact> {
        let names = &["zooscope.DeadLetters"];
        let fact = QueueFact::flat(site, names, QueueKind::DeadLetter, Family::DeadLetter)?;
        Some(Fact::Queue(
            fact.because(
                "Its items are named `letter-<number>`, as this console names what it has set aside.",
            ),
        ))
    }
}
