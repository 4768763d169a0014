//! What is written down in the audit log beside actions: changes of the console's own, logins, and what somebody may not do.

use std::time::Duration;

use zooscope_protocol::{Refusal, RefusalCode, ZnodePath};

use super::{Actions, By, Note, no_audit};
use crate::app::App;
use crate::auth::Principal;
use crate::telemetry::chain;

/// How long it is from one archiving of the audit log to the next.
const ARCHIVING: Duration = Duration::from_secs(24 * 60 * 60);

impl Actions {
    /// Writes down a change of the console's own that is about to be made: of which kind it is, in a word, and what it is, in a
    /// sentence. Errors: it cannot be written, so nothing may be done.
    pub async fn note_intent(
        &self,
        who: impl Into<By>,
        kind: &'static str,
        said: String,
    ) -> Result<Note, Refusal> {
        let note = Note::new(who.into(), kind, said);
        match self.audit.note_intent(&note).await {
            Ok(()) => Ok(note),
            Err(error) => Err(no_audit(&error)),
        }
    }

    /// Writes down how it ended; `refused` says why it was not done.
    pub async fn note_outcome(&self, note: Note, refused: Option<String>) {
        let audit_id = note.audit_id.clone();
        if let Err(error) = self.audit.note_outcome(&note, refused).await {
            tracing::error!(audit_id, error = %chain(&error), "an outcome was not logged");
        }
    }

    /// Writes down in one line what has happened and needed no leave: a login, a logout. Errors: it cannot be written, so it
    /// may not count.
    pub async fn note_event(
        &self,
        who: impl Into<By>,
        kind: &'static str,
        said: String,
    ) -> Result<(), Refusal> {
        let note = Note::new(who.into(), kind, said);
        self.audit.note_outcome(&note, None).await.map_err(|error| no_audit(&error))
    }

    /// Writes down that somebody wanted what they may not, and why they may not. It is denied in any case, so it cannot fail.
    pub async fn note_denied(
        &self,
        who: impl Into<By>,
        kind: &'static str,
        cluster: Option<&str>,
        path: Option<&ZnodePath>,
        why: String,
    ) {
        let note = Note::new(who.into(), kind, why);
        if let Err(error) = self.audit.denied(&note, cluster, path).await {
            tracing::error!(audit_id = note.audit_id, error = %chain(&error), "a denial was not logged");
        }
    }

    /// Hands a refusal on; where it is because somebody may not, it is written down first.
    pub async fn denied(
        &self,
        who: &Principal,
        kind: &'static str,
        cluster: Option<&str>,
        path: Option<&ZnodePath>,
        refusal: Refusal,
    ) -> Refusal {
        if refusal.code == RefusalCode::Forbidden {
            self.note_denied(who, kind, cluster, path, refusal.detail.clone()).await;
        }
        refusal
    }
}

/// Archives old lines of the audit log, at once and then every day, until the server stops.
pub async fn archive_daily(app: App) {
    loop {
        match app.actions.audit.archive().await {
            Ok(Some(path)) => {
                tracing::info!(path = %path.display(), "old lines of the audit log were archived");
            }
            Ok(None) => {}
            Err(error) => {
                tracing::error!(error = %chain(&error), "old lines of the audit log were not archived");
            }
        }
        tokio::select! {
            () = app.stop.cancelled() => return,
            () = tokio::time::sleep(ARCHIVING) => {}
        }
    }
}
