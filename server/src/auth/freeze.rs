//! The switch that stops all actions while the console runs. It is kept in the data folder, so that a restart does not let go
//! what somebody stopped.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use zooscope_protocol::Timestamp;

use crate::clock;

/// The switch.
#[derive(Debug)]
pub struct Freeze {
    path: PathBuf,
    frozen: Mutex<Option<Arc<Frozen>>>,
    turns: AtomicU64,
}

/// Who stopped all actions, when and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    /// The name for people.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// Why the switch cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("`{path}` cannot be {doing}")]
pub struct Error {
    path: PathBuf,
    doing: &'static str,
    #[source]
    source: std::io::Error,
}

impl Freeze {
    const FILE: &'static str = "frozen.json";

    /// Reads how it was left in this folder, which is made if it is not there. A file that cannot be understood means frozen.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(Self::FILE);
        let failed = |doing| {
            let path = path.clone();
            move |source| Error { path, doing, source }
        };
        std::fs::create_dir_all(folder).map_err(failed("made"))?;
        let frozen = match std::fs::read(&path) {
            Ok(text) => Some(serde_json::from_slice(&text).unwrap_or_else(|_| Frozen {
                by: "somebody".to_owned(),
                at: clock::now(),
                reason: "the file that says why cannot be read".to_owned(),
            })),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(source) => return Err(failed("read")(source)),
        };
        Ok(Self { path, frozen: Mutex::new(frozen.map(Arc::new)), turns: AtomicU64::new(0) })
    }

    /// Who stopped all actions; `None` while they go on.
    pub fn frozen(&self) -> Option<Arc<Frozen>> {
        self.frozen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often it was set since the start.
    pub fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }

    /// Stops all actions in somebody's name, or with `None` lets them go on. It writes to the disk. Errors: it cannot be kept;
    /// to stop takes effect nevertheless, to go on does not.
    pub fn set(&self, by: Option<String>, reason: &str) -> Result<(), Error> {
        let failed = |doing| move |source| Error { path: self.path.clone(), doing, source };
        let mut frozen = self.frozen.lock().unwrap_or_else(PoisonError::into_inner);
        match by {
            Some(by) => {
                let now = Frozen { by, at: clock::now(), reason: reason.to_owned() };
                let text =
                    serde_json::to_vec(&now).map_err(std::io::Error::from).map_err(failed("written"))?;
                *frozen = Some(Arc::new(now));
                self.turns.fetch_add(1, Ordering::Relaxed);
                let mut file = std::fs::File::create(&self.path).map_err(failed("written"))?;
                file.write_all(&text).and_then(|()| file.sync_all()).map_err(failed("written"))
            }
            None => {
                match std::fs::remove_file(&self.path) {
                    Ok(()) => {}
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                    Err(source) => return Err(failed("removed")(source)),
                }
                *frozen = None;
                self.turns.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_frozen_is_frozen_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let freeze = Freeze::open(folder.path()).unwrap();
        assert_eq!(freeze.frozen(), None);
        let turns = freeze.turns();
        freeze.set(Some("ann".into()), "incident").unwrap();
        assert!(freeze.turns() > turns, "whoever looks on is told");
        assert_eq!(Freeze::open(folder.path()).unwrap().frozen().unwrap().by, "ann");
        freeze.set(None, "").unwrap();
        assert_eq!(Freeze::open(folder.path()).unwrap().frozen(), None);
        std::fs::write(folder.path().join(Freeze::FILE), "{").unwrap();
        assert!(Freeze::open(folder.path()).unwrap().frozen().is_some());
    }
}
