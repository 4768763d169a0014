//! The pulse: asks the server for one stat each second, so that a server that went silent is noticed at once.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};
use zooscope_protocol::ZnodePath;

use crate::clock;
use crate::ensemble::{Error, Session};
use crate::mirror::Mirror;

/// How often the server is asked.
const EVERY: Duration = Duration::from_secs(1);
/// How long it may take before it counts as silent.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// The asking task. It ends with the handle.
#[derive(Debug)]
pub(super) struct Pulse {
    task: JoinHandle<()>,
    beat: watch::Receiver<Beat>,
}

/// What the last question brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beat {
    /// An answer in time.
    Regular,
    /// No answer in time.
    Silent,
    /// The chroot is gone.
    NoChroot,
}

impl Pulse {
    /// Asks over this session until the handle is dropped.
    pub(super) fn start(session: Session, mirror: Mirror) -> Self {
        let (sender, beat) = watch::channel(Beat::Regular);
        let task = tokio::spawn(async move {
            let mut seconds = interval(EVERY);
            seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let root = ZnodePath::root();
            loop {
                seconds.tick().await;
                let beat = match timeout(PATIENCE, session.stat(&root)).await {
                    Ok(Ok(Some(_))) => Beat::Regular,
                    Ok(Ok(None)) => Beat::NoChroot,
                    // A lost connection is the ear's to tell; silence is what only a question finds out.
                    Ok(Err(Error::NoAnswer)) | Err(_) => Beat::Silent,
                    Ok(Err(_)) => continue,
                };
                if beat != Beat::Silent {
                    mirror.heard.answer(clock::now());
                }
                sender.send_if_modified(|last| std::mem::replace(last, beat) != beat);
            }
        });
        Self { task, beat }
    }

    /// A handle to wait for a change of the beat.
    pub(super) fn beat(&self) -> watch::Receiver<Beat> {
        self.beat.clone()
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.task.abort();
    }
}
