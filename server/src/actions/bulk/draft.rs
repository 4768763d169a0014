//! What a bulk would do: each item is planned by itself, and what is refused is left out.

use std::collections::BTreeSet;
use std::time::Instant;

use sha2::{Digest as _, Sha256};
use zooscope_model::{Revision, plan};
use zooscope_protocol::action::{Batch, Confirm};
use zooscope_protocol::bulk::{BulkAction, BulkPlan, BulkRequest, Left};
use zooscope_protocol::{Action, Clause, Plan, Refusal, RefusalCode, ZnodePath};

use super::super::settle;
use super::board::Board;
use super::{Bulk, select};
use crate::app::App;
use crate::auth::policy::Demands;
use crate::auth::{Deed, Principal, deed};

/// How many of those that are left out are told one by one.
const TOLD: usize = 1_000;
/// The data that one transaction carries, in bytes: ZooKeeper's 1 MiB less what the writes themselves take.
const BATCH_BYTES: usize = 800 * 1024;

/// One action of the kind, to see what planning it takes.
pub(super) fn probe(request: &BulkRequest) -> Vec<Action> {
    let target = zooscope_protocol::Target {
        path: ZnodePath::root(),
        czxid: zooscope_protocol::Zxid(0),
        version: 0,
        session: None,
    };
    vec![request.action.on(target)]
}

/// Plans each item by itself; what is refused is left out.
pub(super) fn draft(
    app: &App,
    cluster: &str,
    (revision, request): (&Revision, &BulkRequest),
    who: &Principal,
) -> Result<Bulk, Refusal> {
    let sees = |path: &ZnodePath| app.authority.policy().shows_data(who.role, cluster, path);
    let targets = select::targets(revision, &request.select, app.config.limits.bulk_items, sees)?;
    // What `now` is, is the same for all.
    let action = select::settled(&request.action);
    let (mut actions, mut refused) = (Vec::new(), Vec::new());
    let (mut subject, mut warnings): (Option<ZnodePath>, Vec<Clause>) = (None, Vec::new());
    let (mut touched, mut demands) = (BTreeSet::new(), Demands::default());
    for target in targets {
        let path = target.path.clone();
        match one(app, cluster, revision, &action.on(target), who) {
            Ok((action, plan, demanded)) => {
                touched.extend(deed::touched(&plan));
                demands.and(&demanded);
                subject = Some(common(subject, plan.subject));
                add(&mut warnings, plan.warnings);
                actions.push((action, size(revision, &path)));
            }
            // What is hidden from them is not told of.
            Err(_) if !app.authority.policy().shows(who.role, cluster, &path) => {}
            Err(Refusal { code, detail }) => refused.push(Left { path, code, detail }),
        }
    }
    let Some(subject) = subject.filter(|_| !actions.is_empty()) else {
        let why = refused.first().map_or_else(
            || "nothing is selected; mark items, or look for another text".to_owned(),
            |left| format!("nothing can be done to any of them; the first, `{}`: {}", left.path, left.detail),
        );
        let code = refused.first().map_or(RefusalCode::BadRequest, |left| left.code);
        return Err(Refusal::new(code, why));
    };
    let count = u32::try_from(actions.len()).unwrap_or(u32::MAX);
    let refused_count = u32::try_from(refused.len()).unwrap_or(u32::MAX);
    refused.truncate(TOLD);
    let batches = batches(&actions);
    let effects = select::effects(&action, batches);
    let plan = BulkPlan {
        digest: digest((cluster, &who.subject), &action, &actions),
        batches,
        action,
        subject,
        count,
        refused,
        refused_count,
        warnings,
        effects,
        confirm: Confirm { what: "how many items".to_owned(), expected: count.to_string() },
    };
    let board = Board::new(count);
    let subject = who.subject.clone();
    Ok(Bulk {
        cluster: cluster.to_owned(),
        subject,
        plan,
        actions,
        touched,
        demands,
        at: Instant::now(),
        board,
    })
}

/// Plans one of many, if whoever asks may do it.
fn one(
    app: &App,
    cluster: &str,
    revision: &Revision,
    action: &Action,
    who: &Principal,
) -> Result<(Action, Plan, Demands), Refusal> {
    let deeds = Deed::of(action);
    // Whoever may not do it is not told why it could not be done either.
    app.authority.allowed(who, &deeds, &deed::named(action), cluster)?;
    let action = settle::settled(app, revision, action)?;
    let plan = plan(revision, cluster, &action)?;
    let demands = app.authority.allowed(who, &deeds, &deed::touched(&plan), cluster)?;
    Ok((action, plan, demands))
}

/// Where somebody else must approve: a bulk is not approved as a whole.
pub(super) fn alone(refusal: Refusal) -> Refusal {
    if refusal.code != RefusalCode::NeedsApproval {
        return refusal;
    }
    let detail = "some of these need the approval of another person, which is given for one at a time; leave them out of the bulk";
    Refusal::new(RefusalCode::NeedsApproval, detail)
}

/// Adds what is said of one item, once for each code; what is true of that item alone is left out.
fn add(clauses: &mut Vec<Clause>, more: Vec<Clause>) {
    for clause in more {
        let known = clauses.iter().any(|known| known.code == clause.code);
        if !known && clause.code != "handled_again" {
            clauses.push(clause);
        }
    }
}

fn common(subject: Option<ZnodePath>, other: ZnodePath) -> ZnodePath {
    let Some(mut subject) = subject else { return other };
    while !other.is_within(&subject) {
        subject = subject.parent().unwrap_or_else(ZnodePath::root);
    }
    subject
}

/// About how much an item takes in a transaction, in bytes.
fn size(revision: &Revision, path: &ZnodePath) -> usize {
    let data = revision.tree.get(path).map_or(0, |znode| znode.stat().data_length);
    // Its name stands in several writes, and what is kept of one that is set aside is up to 4 KiB.
    usize::try_from(data).unwrap_or(0) + 6 * path.as_str().len() + 4_096
}

fn batches(actions: &[(Action, usize)]) -> u32 {
    let mut count = 0;
    let mut left = actions;
    while !left.is_empty() {
        left = &left[batch_of(left.iter()).min(left.len())..];
        count += 1;
    }
    count
}

/// How many of those that follow go into one transaction, one at least: those of one directory, for what is done is then within
/// what was let for each of them.
pub(super) fn batch_of<'a>(left: impl Iterator<Item = &'a (Action, usize)>) -> usize {
    let (mut bytes, mut directory) = (0, None);
    let fit = left.take(Batch::MOST).take_while(|(action, size)| {
        bytes += size;
        let its = action.path().and_then(ZnodePath::parent);
        bytes <= BATCH_BYTES && *directory.get_or_insert_with(|| its.clone()) == its
    });
    fit.count().max(1)
}

fn digest(whose: (&str, &str), action: &BulkAction, actions: &[(Action, usize)]) -> String {
    let mut hash = Sha256::new();
    let actions: Vec<&Action> = actions.iter().map(|(action, _)| action).collect();
    // Writing these types as JSON cannot fail.
    hash.update(serde_json::to_vec(&(whose, action, actions)).unwrap_or_default());
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_as_large_as_one_transaction_may_be() {
        let of = |items: &[(&str, usize)]| {
            let action = |(path, size): &(&str, usize)| {
                let path = ZnodePath::parse(path).unwrap();
                let target = zooscope_protocol::Target {
                    path,
                    czxid: zooscope_protocol::Zxid(1),
                    version: 0,
                    session: None,
                };
                (Action::Delete(target), *size)
            };
            let actions: Vec<_> = items.iter().map(action).collect();
            batch_of(actions.iter())
        };
        assert_eq!(of(&[("/q/a", 10); 200]), Batch::MOST);
        assert_eq!(of(&[("/q/a", 300 * 1024); 3]), 2);
        assert_eq!(of(&[("/q/a", BATCH_BYTES + 1), ("/q/b", 1)]), 1, "what is large goes alone");
        assert_eq!(of(&[("/q/a", 1), ("/q/b", 1), ("/p/a", 1)]), 2, "another queue is another batch");
        assert_eq!(of(&[]), 1);
    }

    #[test]
    fn the_digest_of_a_bulk_is_of_all_that_it_does_for_whom_and_where() {
        let action = |czxid| {
            let path = ZnodePath::parse("/q/a").unwrap();
            let czxid = zooscope_protocol::Zxid(czxid);
            (Action::Delete(zooscope_protocol::Target { path, czxid, version: 0, session: None }), 10)
        };
        let (one, other) = ([action(1)], [action(2)]);
        let digests = [
            digest(("c", "local:ann"), &BulkAction::Delete {}, &one),
            digest(("d", "local:ann"), &BulkAction::Delete {}, &one),
            digest(("c", "local:bob"), &BulkAction::Delete {}, &one),
            digest(("c", "local:ann"), &BulkAction::DeadLetter {}, &one),
            digest(("c", "local:ann"), &BulkAction::Delete {}, &other),
            digest(("c", "local:ann"), &BulkAction::Delete {}, &[action(1), action(2)]),
        ];
        let all: BTreeSet<&String> = digests.iter().collect();
        assert_eq!(all.len(), digests.len(), "{digests:?}");
    }
}
