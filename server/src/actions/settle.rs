//! What an action leaves to the console is settled before it is planned: the time that `now` is, the directory for dead letters.

use std::sync::Arc;

use zooscope_model::{Revision, project};
use zooscope_protocol::action::{Batch, DeadLetter, Due, Put, Requeue};
use zooscope_protocol::{Action, Refusal, RefusalCode, View, ZnodePath};

use crate::app::{App, Watched};
use crate::clock;

/// The newest revision; for an action that depends on who is connected, with what the servers say of that.
pub(super) async fn revision(watched: &Watched, action: &Action) -> Arc<Revision> {
    if let Action::Revoke(target) | Action::Cure(target) = action
        && let Some(path) = project::lock_around(&watched.mirror.current(), &target.path)
    {
        return watched.asked(&View::Lock { path }).await;
    }
    let asks = |action: &Action| matches!(action, Action::GiveBack(_));
    let many = |batch: &Batch| batch.actions.iter().any(asks);
    if asks(action) || matches!(action, Action::Batch(batch) if many(batch)) {
        watched.asked(&View::Waits).await
    } else {
        watched.mirror.current()
    }
}

/// The action with nothing left open. Errors: it asks for what the configuration does not allow.
pub(super) fn settled(app: &App, revision: &Revision, action: &Action) -> Result<Action, Refusal> {
    Ok(match action.clone() {
        Action::Requeue(requeue) => {
            Action::Requeue(Requeue { not_before: requeue.not_before.map(time), ..requeue })
        }
        Action::Put(put) => {
            // A queue that delays has a time in every name, and a plan has just one name.
            let not_before = put.not_before.or_else(|| delays(revision, &put.queue).then_some(Due::Now));
            Action::Put(Put { not_before: not_before.map(time), ..put })
        }
        Action::DeadLetter(letter) => {
            let configured = queue_around(revision, &letter.target.path)
                .and_then(|queue| app.config.dead_letters.of_queue(&queue));
            if letter.to.is_some() && letter.to != configured {
                let detail = "where items are set aside is told by `[[dead_letter]]` of the configuration; leave `to` out";
                return Err(Refusal::new(RefusalCode::BadRequest, detail));
            }
            Action::DeadLetter(DeadLetter { to: configured, ..letter })
        }
        Action::Batch(batch) => {
            let actions = batch.actions.iter().map(|action| settled_one(app, revision, action));
            Action::Batch(Batch { actions: actions.collect::<Result<_, _>>()? })
        }
        other => other,
    })
}

/// One of several, which is not several itself.
fn settled_one(app: &App, revision: &Revision, action: &Action) -> Result<Action, Refusal> {
    if matches!(action, Action::Batch(_)) {
        return Err(Refusal::new(RefusalCode::BadRequest, "`batch` is not done to several at once"));
    }
    settled(app, revision, action)
}

fn time(due: Due) -> Due {
    Due::At(due.time().unwrap_or_else(clock::now))
}

fn delays(revision: &Revision, queue: &ZnodePath) -> bool {
    project::queue(revision, queue).is_some_and(|queue| queue.kind == zooscope_protocol::QueueKind::Delay)
}

/// The queue that an item is in, by its path alone.
fn queue_around(revision: &Revision, item: &ZnodePath) -> Option<ZnodePath> {
    let directory = item.parent()?;
    let outer = directory.parent().filter(|_| directory.name() == "entries");
    let is_queue = |path: &ZnodePath| project::queue(revision, path).is_some();
    [outer, Some(directory)].into_iter().flatten().find(is_queue)
}
