//! Putting a new item into a queue, named and framed as the recipe's own producers do it.

use zooscope_protocol::action::{Confirm, Put};
use zooscope_protocol::{Bytes, Clause, QueueKind, Refusal, RefusalCode, Step};

use super::items::allowed;
use super::{Draft, place};
use crate::census::{Family, framed};
use crate::revision::Revision;

pub(super) fn put(now: &Revision, put: &Put) -> Result<Draft, Refusal> {
    let bad = |detail: String| Err(Refusal::new(RefusalCode::BadRequest, detail));
    let fact = now.queue(&put.queue).ok_or_else(|| {
        Refusal::new(RefusalCode::NoQueue, format!("no queue is recognised at `{}`", put.queue))
    })?;
    allowed(&put.queue, fact)?;
    if put.data.0.len() > Put::MAX_DATA {
        return bad(format!("`data` is at most {} bytes", Put::MAX_DATA));
    }
    match &put.id {
        Some(id) if id.is_empty() || id.len() > Put::MAX_ID || id.chars().any(char::is_control) => {
            return bad(format!("`id` is 1 to {} bytes without control characters", Put::MAX_ID));
        }
        None if fact.kind == QueueKind::Id => {
            return bad("the items of this queue have ids; give one in `id`".to_owned());
        }
        _ => {}
    }
    let name = place::fresh(fact, (put.priority, put.not_before, put.id.as_deref()), now.at)?;
    let prefix = match fact.items.child(&name) {
        Ok(prefix) => prefix,
        Err(error) => return bad(format!("`id`: {error}")),
    };
    let framed = if fact.family == Family::CuratorItem { framed(&put.data.0) } else { put.data.0.clone() };
    let size = framed.len();
    let frame = if fact.family == Family::CuratorItem { ", with Curator's framing around it" } else { "" };
    Ok(Draft {
        steps: vec![Step::Create { prefix, data: Bytes(framed), acl_of: fact.items.clone() }],
        guards: vec![Clause::new("same_queue", format!("`{}` is the queue that it was.", put.queue))],
        warnings: vec![Clause::new(
            "is_consumed",
            "A consumer takes the item like any other and does what it says. Put in only what does no harm.",
        )],
        effects: vec![
            Clause::new("is_put", format!("An item of {size} bytes is put in{frame}.")),
            Clause::new("acl_of_directory", format!("It gets the ACL of `{}`.", fact.items)),
        ],
        confirm: Confirm::name("the name of the queue", put.queue.name()),
        identities: Vec::new(),
        excluded: Vec::new(),
        subject: put.queue.clone(),
    })
}
