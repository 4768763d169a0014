//! Points at which a test stops the console, to end it or ZooKeeper there. There are none in a release build.
//!
//! With `ZOOSCOPE_FAILPOINTS=FOLDER` a point stops when the file `arm` in that folder names it (`committed`, or `committed 3` for
//! the third time that it is reached), writes `reached`, and goes on when `arm` is gone. With `committed panic` it panics there.

/// A point of this name is reached.
#[cfg(not(debug_assertions))]
#[expect(clippy::unused_async, reason = "in a debug build it waits")]
pub(super) async fn reach(_name: &'static str) {}

/// A point of this name is reached.
#[cfg(debug_assertions)]
pub(super) async fn reach(name: &'static str) {
    if let Some(armed) = armed::Armed::at(name) {
        armed.wait().await;
    }
}

#[cfg(debug_assertions)]
mod armed {
    use std::fs;
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    /// How often the point of the file was reached since the console started.
    static REACHED: AtomicU32 = AtomicU32::new(0);

    /// A point that stops.
    pub(super) struct Armed {
        arm: PathBuf,
    }

    impl Armed {
        /// The point, if this is where it stops.
        pub(super) fn at(name: &str) -> Option<Self> {
            let folder = PathBuf::from(std::env::var_os("ZOOSCOPE_FAILPOINTS")?);
            let arm = folder.join("arm");
            let text = fs::read_to_string(&arm).ok()?;
            let (wanted, time) = text.trim().split_once(' ').unwrap_or((text.trim(), "1"));
            if wanted != name {
                return None;
            }
            if time == "panic" {
                fs::remove_file(&arm).ok()?;
                #[expect(clippy::panic, reason = "a test wants to see what is left then")]
                {
                    panic!("a test wants it so");
                }
            }
            let times = REACHED.fetch_add(1, Ordering::Relaxed) + 1;
            if time.parse() != Ok(times) {
                return None;
            }
            fs::write(folder.join("reached"), name).ok()?;
            Some(Self { arm })
        }

        pub(super) async fn wait(self) {
            while self.arm.exists() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            REACHED.store(0, Ordering::Relaxed);
        }
    }
}
