//! What a bulk has done so far, for whoever asks.

use std::sync::{Mutex, MutexGuard, PoisonError};

use zooscope_protocol::bulk::{BulkOutcome, BulkPlan, BulkProgress, BulkResult, BulkState};
use zooscope_protocol::{Refusal, RefusalCode, Timestamp};

use crate::clock;

/// The board. Its results are at most as many as the bulk has items.
#[derive(Debug)]
pub(super) struct Board(Mutex<Written>);

#[derive(Debug)]
struct Written {
    count: u32,
    state: BulkState,
    because: Option<String>,
    /// The idempotency key with which it was begun, and who did.
    begun: Option<(String, String)>,
    began: Option<Timestamp>,
    ended: Option<Timestamp>,
    results: Vec<BulkResult>,
}

impl Board {
    pub(super) fn new(count: u32) -> Self {
        Self(Mutex::new(Written {
            count,
            state: BulkState::Planned,
            because: None,
            begun: None,
            began: None,
            ended: None,
            results: Vec::new(),
        }))
    }

    /// Whether this very request has begun it before. Errors: another has.
    pub(super) fn begun_with(&self, key: &str) -> Result<bool, Refusal> {
        match &self.lock().begun {
            Some((its, _)) if its == key => Ok(true),
            Some(_) => Err(begun()),
            None => Ok(false),
        }
    }

    /// Notes that it begins. Errors: it has begun.
    pub(super) fn begin(&self, key: &str, who: &str) -> Result<(), Refusal> {
        let mut written = self.lock();
        if written.begun.is_some() {
            return Err(begun());
        }
        written.begun = Some((key.to_owned(), who.to_owned()));
        written.began = Some(clock::now());
        written.state = BulkState::Running;
        Ok(())
    }

    pub(super) fn is_begun(&self) -> bool {
        self.lock().begun.is_some()
    }

    pub(super) fn runs(&self) -> bool {
        matches!(self.lock().state, BulkState::Running | BulkState::Stopping)
    }

    /// Tells it to stop.
    pub(super) fn stop(&self) {
        let mut written = self.lock();
        if written.state == BulkState::Running {
            written.state = BulkState::Stopping;
        }
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.lock().state == BulkState::Stopping
    }

    pub(super) fn add(&self, result: BulkResult) {
        self.lock().results.push(result);
    }

    /// Notes how it ended.
    pub(super) fn end(&self, state: BulkState, because: Option<String>) {
        let mut written = self.lock();
        written.state = state;
        written.because = because;
        written.ended = Some(clock::now());
    }

    pub(super) fn progress(&self, plan: &BulkPlan, after: usize, limit: usize) -> BulkProgress {
        let written = self.lock();
        let with = |outcome| {
            let results = written.results.iter().filter(|result| result.outcome == outcome);
            u32::try_from(results.count()).unwrap_or(u32::MAX)
        };
        let told = u32::try_from(written.results.len()).unwrap_or(u32::MAX);
        let results: Vec<BulkResult> = written.results.iter().skip(after).take(limit).cloned().collect();
        let next = after + results.len();
        BulkProgress {
            digest: plan.digest.clone(),
            action: plan.action.clone(),
            subject: plan.subject.clone(),
            who: written.begun.as_ref().map(|(_, who)| who.clone()),
            state: written.state,
            because: written.because.clone(),
            count: written.count,
            done: with(BulkOutcome::Done),
            changed: with(BulkOutcome::Changed),
            failed: with(BulkOutcome::Failed),
            unknown: with(BulkOutcome::Unknown),
            left: written.count.saturating_sub(told),
            began: written.began,
            ended: written.ended,
            next: (next < written.results.len()).then(|| u32::try_from(next).unwrap_or(u32::MAX)),
            results,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn begun() -> Refusal {
    let detail = "this bulk was begun already, with another `idempotency_key`; look at its progress";
    Refusal::new(RefusalCode::BadRequest, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_of_a_bulk_that_was_only_planned_is_told() {
        let board = Board::new(3);
        assert!(!board.is_begun() && !board.runs());
        assert!(!board.begun_with("k").unwrap());
        board.begin("k", "ann").unwrap();
        assert!(board.begun_with("k").unwrap(), "the same request again");
        assert_eq!(board.begun_with("other").unwrap_err().code, RefusalCode::BadRequest);
        assert_eq!(board.begin("k", "ann").unwrap_err().code, RefusalCode::BadRequest, "two at one time");
        board.stop();
        assert!(board.is_stopping() && board.runs());
        board.end(BulkState::Stopped, None);
        assert!(!board.runs());
    }
}
