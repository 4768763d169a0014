//! Bulks: the sheet that is open, and those that go on or were begun here. They go on in the console whether a sheet is open or not.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;
use zooscope_protocol::bulk::{BulkProgress, BulkRequest, BulkResult};
use zooscope_protocol::{RefusalCode, ZnodePath};

use crate::api::{self, Failure};
use crate::duration::Level;
use crate::text;
use crate::ui::toast::Toasts;

/// How often a bulk is asked for, and how soon again when the console did not answer.
const EVERY: Duration = Duration::from_millis(500);
const AGAIN: Duration = Duration::from_secs(2);
/// How many bulks are kept here, and how many results of each.
const KEPT: usize = 8;
const RESULTS: usize = 10_000;

/// What is to be read before it is begun.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ask {
    /// The cluster.
    pub(crate) cluster: String,
    /// The queue.
    pub(crate) queue: ZnodePath,
    /// What is asked for.
    pub(crate) request: BulkRequest,
}

/// What the sheet shows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shown {
    /// What would be done.
    Ask(Box<Ask>),
    /// What is being done or was done: the digest of its plan.
    Run(String),
}

/// A bulk that was begun.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Run {
    /// The cluster.
    pub(crate) cluster: String,
    /// How far it is, without its results.
    pub(crate) progress: BulkProgress,
    /// The results so far.
    pub(crate) results: Vec<BulkResult>,
    /// Why nothing is heard of it.
    pub(crate) silent: Option<String>,
    /// The message that leads to it.
    toast: Option<u32>,
}

/// The sheet and the bulks. Copies are the same.
#[derive(Clone, Copy)]
pub(crate) struct Bulks {
    /// What the sheet shows, if it is open.
    pub(crate) open: RwSignal<Option<Shown>>,
    runs: RwSignal<Vec<Run>>,
    toasts: Toasts,
}

impl Bulks {
    /// No bulk.
    pub(crate) fn new(toasts: Toasts) -> Self {
        Self { open: RwSignal::new(None), runs: RwSignal::new(Vec::new()), toasts }
    }

    /// Opens the sheet for something to be read.
    pub(crate) fn ask(self, ask: Ask) {
        self.open.set(Some(Shown::Ask(Box::new(ask))));
    }

    /// Follows a bulk that was begun, and shows it.
    pub(crate) fn follow(self, cluster: String, progress: BulkProgress) {
        let digest = progress.digest.clone();
        self.open.set(Some(Shown::Run(digest.clone())));
        self.keep(cluster, progress);
    }

    /// Asks which bulks go on in a cluster, and leads to them: a page that was loaded anew, or another person's.
    pub(crate) fn pick_up(self, cluster: String) {
        spawn_local(async move {
            // Where nobody answers there is nothing to lead to; the stream tells that the console is away.
            for progress in api::bulks(&cluster).await.unwrap_or_default() {
                let digest = progress.digest.clone();
                if progress.is_over() || untrack(|| self.run(&digest)).is_some() {
                    continue;
                }
                self.keep(cluster.clone(), progress);
                if let Some(run) = untrack(|| self.run(&digest)) {
                    self.tell(&run);
                }
            }
        });
    }

    fn keep(self, cluster: String, progress: BulkProgress) {
        let digest = progress.digest.clone();
        self.runs.update(|runs| {
            runs.retain(|run| run.progress.digest != digest);
            let surplus = (runs.len() + 1).saturating_sub(KEPT);
            // One that still runs is not forgotten before those that have ended.
            runs.sort_by_key(|run| !run.progress.is_over());
            runs.drain(..surplus);
            runs.push(Run {
                cluster: cluster.clone(),
                progress,
                results: Vec::new(),
                silent: None,
                toast: None,
            });
        });
        self.look(cluster, digest, 0);
    }

    /// A bulk that is known here. Tracks.
    pub(crate) fn run(self, digest: &str) -> Option<Run> {
        self.runs.with(|runs| runs.iter().find(|run| run.progress.digest == digest).cloned())
    }

    /// Closes the sheet; a message leads back to what goes on.
    pub(crate) fn close(self) {
        let shown = self.open.get_untracked();
        self.open.set(None);
        if let Some(Shown::Run(digest)) = shown
            && let Some(run) = untrack(|| self.run(&digest))
            && !run.progress.is_over()
            && run.silent.is_none()
        {
            self.tell(&run);
        }
    }

    /// Tells the console to stop a bulk.
    pub(crate) fn stop(self, run: &Run) {
        let (cluster, digest) = (run.cluster.clone(), run.progress.digest.clone());
        spawn_local(async move {
            match api::stop_bulk(&cluster, &digest).await {
                Ok(progress) => self.change(&digest, |run| run.progress.state = progress.state),
                Err(failure) => self.toasts.say(Level::Warn, failure.sentence()),
            }
        });
    }

    fn change(self, digest: &str, change: impl FnOnce(&mut Run)) {
        self.runs.update(|runs| {
            if let Some(run) = runs.iter_mut().find(|run| run.progress.digest == digest) {
                change(run);
            }
        });
    }

    /// Asks how far a bulk is, again and again until it is over.
    fn look(self, cluster: String, digest: String, after: u32) {
        spawn_local(async move {
            let answer = api::bulk(&cluster, &digest, after).await;
            // Another one of the same digest, or the same begun anew, is followed by itself.
            if untrack(|| self.run(&digest)).is_none() {
                return;
            }
            let (after, wait) = match answer {
                Ok(progress) => {
                    let told = progress.count.saturating_sub(progress.left);
                    let next = progress.next.unwrap_or(told);
                    let wait = match (progress.next, progress.is_over()) {
                        (Some(_), _) => Some(Duration::ZERO),
                        (None, true) => None,
                        (None, false) => Some(EVERY),
                    };
                    self.change(&digest, |run| {
                        run.silent = None;
                        let mut progress = progress;
                        let room = RESULTS.saturating_sub(run.results.len());
                        run.results.extend(progress.results.drain(..).take(room));
                        run.progress = progress;
                    });
                    (next, wait)
                }
                Err(failure) => {
                    let forgotten = failure.code() == Some(RefusalCode::UnknownPlan);
                    let why = said(&failure, forgotten);
                    self.change(&digest, |run| run.silent = Some(why));
                    (after, (!forgotten).then_some(AGAIN))
                }
            };
            match wait {
                Some(wait) => set_timeout(move || self.look(cluster, digest, after), wait),
                None => self.ended(&digest),
            }
        });
    }

    /// Tells that a bulk has ended, unless it is looked at.
    fn ended(self, digest: &str) {
        let shown = self.open.with_untracked(|open| *open == Some(Shown::Run(digest.to_owned())));
        if let Some(run) = untrack(|| self.run(digest))
            && !shown
        {
            self.tell(&run);
        }
    }

    /// Shows the message that leads to a bulk, in the place of the one before.
    fn tell(self, run: &Run) {
        if let Some(before) = run.toast {
            self.toasts.drop(before);
        }
        let (progress, digest) = (&run.progress, run.progress.digest.clone());
        let level = match progress.is_over() {
            false => Level::Watch,
            true if progress.done == progress.count => Level::Ok,
            true => Level::Warn,
        };
        let to = digest.clone();
        let lead = Callback::new(move |()| self.open.set(Some(Shown::Run(to.clone()))));
        let words = run.silent.clone().unwrap_or_else(|| text::bulk_toast(progress));
        let toast = self.toasts.lead(level, words, (text::BULK_SHOW, lead));
        self.change(&digest, |run| run.toast = Some(toast));
    }
}

fn said(failure: &Failure, forgotten: bool) -> String {
    if forgotten {
        text::BULK_FORGOTTEN.to_owned()
    } else {
        format!("{} {}", failure.sentence(), text::BULK_SILENT)
    }
}
