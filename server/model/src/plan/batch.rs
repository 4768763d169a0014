//! Several actions on items in one transaction: each is planned by itself, and their steps are put together.

use std::collections::BTreeSet;

use zooscope_protocol::action::{Batch, Confirm, Place};
use zooscope_protocol::{Action, Clause, Refusal, RefusalCode, Step, ZnodePath};

use super::{Draft, plan};
use crate::revision::Revision;

pub(super) fn batch(now: &Revision, cluster: &str, actions: &[Action]) -> Result<Draft, Refusal> {
    let first = actions.first().ok_or_else(|| bad("`actions` is empty"))?;
    if actions.len() > Batch::MOST {
        return Err(bad(&format!("`actions` is at most {}", Batch::MOST)));
    }
    let mut draft = Draft {
        subject: ZnodePath::root(),
        steps: Vec::new(),
        guards: vec![Clause::new(
            "each_as_seen",
            "Each znode was created in the transaction, has the owner and the data version that the list of them says.",
        )],
        warnings: Vec::new(),
        effects: Vec::new(),
        confirm: Confirm { what: "how many".to_owned(), expected: actions.len().to_string() },
        identities: Vec::new(),
        excluded: Vec::new(),
    };
    let mut seen = BTreeSet::new();
    for action in actions {
        fits(action)?;
        if action.name() != first.name() {
            return Err(bad("the `actions` are all of one `type`"));
        }
        if action.target().is_none_or(|target| !seen.insert(target.path.clone())) {
            return Err(bad("each of the `actions` is about another znode"));
        }
        let one = plan(now, cluster, action)?;
        if draft.identities.is_empty() {
            draft.subject = one.subject.clone();
        }
        while !one.subject.is_within(&draft.subject) {
            draft.subject = draft.subject.parent().unwrap_or_else(ZnodePath::root);
        }
        for step in one.steps {
            let made = matches!(step, Step::Directory { .. }) && draft.steps.contains(&step);
            if !made {
                draft.steps.push(step);
            }
        }
        draft.identities.extend(one.identities);
        add(&mut draft.warnings, one.warnings);
    }
    draft.effects.push(Clause::new(
        "all_or_none",
        format!("{} are done in one transaction, all of them or none.", actions.len()),
    ));
    Ok(draft)
}

/// Whether an action may be one of several. Only one can be first in a queue.
fn fits(action: &Action) -> Result<(), Refusal> {
    match action {
        Action::Requeue(requeue) if requeue.to == Place::Head => {
            Err(bad("only one item can be the first of a queue; requeue them to the tail"))
        }
        Action::Requeue(_)
        | Action::GiveBack(_)
        | Action::DeadLetter(_)
        | Action::Replay(_)
        | Action::Delete(_) => Ok(()),
        other => Err(bad(&format!("`{}` is not done to several at once", other.name()))),
    }
}

/// Adds what is said of one of several, once for each code.
fn add(clauses: &mut Vec<Clause>, more: Vec<Clause>) {
    for clause in more {
        if !clauses.iter().any(|known| known.code == clause.code) {
            clauses.push(clause);
        }
    }
}

fn bad(detail: &str) -> Refusal {
    Refusal::new(RefusalCode::BadRequest, detail)
}
