//! How often a wrong password may be tried: by account, by address, and by all together.
//!
//! The tables have a fixed size and nothing is ever evicted from them, so that nobody can make the console forget their failures
//! by trying a hundred thousand other names. A known account has a place of its own; all other names share the places of a table,
//! by a hash that nobody outside knows. Whether a name is known makes no difference to what is answered.
//!
//! What was tried is kept in the data folder, at most once a second, so that a crash does not give an attacker new tries.

use std::collections::HashMap;
use std::io::Write as _;
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::secret::{hash, id};
use crate::clock;

/// What was tried in vain.
#[derive(Debug)]
pub(super) struct Throttle {
    key: String,
    tried: Mutex<Tried>,
    /// Where it is kept, and whether what is there is old.
    file: PathBuf,
    due: AtomicBool,
}

/// What is kept: how often, and when last, in milliseconds since 1970. Of the tables the places that are not empty.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    key: String,
    accounts: Vec<(String, u32, i64)>,
    others: Vec<(usize, u32, i64)>,
    addresses: Vec<(usize, u32, i64)>,
    all: (u32, i64),
}

#[derive(Debug)]
struct Tried {
    accounts: HashMap<String, Failures>,
    others: Vec<Failures>,
    addresses: Vec<Failures>,
    all: Failures,
}

#[derive(Debug, Clone, Copy, Default)]
struct Failures {
    count: u32,
    last: Option<Instant>,
}

impl Throttle {
    const PLACES: usize = 16_384;
    /// So many failures are free; each one more doubles the wait, from five seconds up to the longest. Of an address and of all
    /// together it is short: many share an address, and nobody shall be locked out by somebody else.
    const FREE: u32 = 5;
    const FREE_OF_ADDRESS: u32 = 50;
    const FREE_OF_ALL: u32 = 500;
    const LONGEST: Duration = Duration::from_secs(900);
    const LONGEST_OF_ADDRESS: Duration = Duration::from_secs(15);
    const LONGEST_OF_ALL: Duration = Duration::from_secs(2);
    /// After so long without a failure they are forgotten.
    const FORGOTTEN: Duration = Duration::from_secs(1_800);

    const FILE: &str = "throttle.json";
    /// The longest file that is read: three times what full tables take.
    const LONGEST_FILE: u64 = 4 * 1024 * 1024;

    /// A throttle that knows these accounts, and what was tried before a restart.
    pub(super) fn open<'a>(accounts: impl Iterator<Item = &'a String>, folder: &Path) -> Self {
        let file = folder.join(Self::FILE);
        let kept = kept(&file);
        let places = |kept: &[(usize, u32, i64)]| {
            let mut places = vec![Failures::default(); Self::PLACES];
            for (at, count, last) in kept {
                if let Some(place) = places.get_mut(*at) {
                    *place = Failures::kept(*count, *last);
                }
            }
            places
        };
        let mut tried = Tried {
            accounts: HashMap::new(),
            others: places(&kept.others),
            addresses: places(&kept.addresses),
            all: Failures::kept(kept.all.0, kept.all.1),
        };
        for name in accounts {
            let before = kept.accounts.iter().find(|(known, ..)| known == name);
            let failures = before.map(|(_, count, last)| Failures::kept(*count, *last)).unwrap_or_default();
            tried.accounts.insert(name.clone(), failures);
        }
        let key = if kept.key.is_empty() { id() } else { kept.key };
        Self { key, tried: Mutex::new(tried), file, due: AtomicBool::new(false) }
    }

    /// Gives these accounts places of their own. Those that are gone keep theirs.
    pub(super) fn know<'a>(&self, accounts: impl Iterator<Item = &'a String>) {
        let mut tried = self.lock();
        for name in accounts {
            tried.accounts.entry(name.clone()).or_default();
        }
    }

    /// Whether something was tried since it was kept.
    pub(super) fn is_due(&self) -> bool {
        self.due.load(Ordering::Relaxed)
    }

    /// Keeps what was tried. It writes to the disk. What fails is said in the log and tried again after the next failure.
    pub(super) fn save(&self) {
        self.due.store(false, Ordering::Relaxed);
        let kept = {
            let tried = self.lock();
            let accounts = tried.accounts.iter().filter_map(|(name, failures)| {
                failures.worth().map(|(count, last)| (name.clone(), count, last))
            });
            let places = |places: &[Failures]| {
                let used = places.iter().enumerate();
                used.filter_map(|(at, failures)| failures.worth().map(|(count, last)| (at, count, last)))
                    .collect()
            };
            Kept {
                key: self.key.clone(),
                accounts: accounts.collect(),
                others: places(&tried.others),
                addresses: places(&tried.addresses),
                all: tried.all.worth().unwrap_or_default(),
            }
        };
        if let Err(error) = write(&self.file, &kept) {
            tracing::warn!(%error, "what wrong passwords were tried is not kept over a restart");
        }
    }

    /// Whether this may be tried now. Errors: after how long.
    pub(super) fn admit(&self, name: &str, address: IpAddr) -> Result<(), Duration> {
        let mut waits = [Duration::ZERO; 3];
        self.each(name, address, |index, failures, free| {
            let longest = [Self::LONGEST, Self::LONGEST_OF_ADDRESS, Self::LONGEST_OF_ALL][index];
            waits[index] = failures.wait(free, longest);
        });
        match waits.into_iter().max() {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => Ok(()),
        }
    }

    /// Counts a failure.
    pub(super) fn failed(&self, name: &str, address: IpAddr) {
        self.each(name, address, |_, failures, _| {
            *failures = failures.fresh();
            *failures = Failures { count: failures.count.saturating_add(1), last: Some(Instant::now()) };
        });
        self.due.store(true, Ordering::Relaxed);
    }

    /// Forgets the account's failures: its password was given. Those of the address stay, for they may be another's.
    pub(super) fn passed(&self, name: &str, address: IpAddr) {
        self.each(name, address, |index, failures, _| {
            if index == 0 {
                *failures = Failures::default();
            }
        });
        self.due.store(true, Ordering::Relaxed);
    }

    fn each(&self, name: &str, address: IpAddr, mut work: impl FnMut(usize, &mut Failures, u32)) {
        let place = |text: String| {
            let hash = hash(format!("{}/{text}", self.key).as_bytes());
            usize::from(u16::from_be_bytes([hash[0], hash[1]])) % Self::PLACES
        };
        // Whoever has one IPv6 address mostly has a whole /64.
        let network = match address.to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => address.segments()[..4].iter().map(|part| format!("{part:x}:")).collect(),
        };
        let (other, from) = (place(format!("name/{name}")), place(format!("address/{network}")));
        let mut tried = self.lock();
        let tried = &mut *tried;
        match tried.accounts.get_mut(name) {
            Some(account) => work(0, account, Self::FREE),
            None => work(0, &mut tried.others[other], Self::FREE),
        }
        work(1, &mut tried.addresses[from], Self::FREE_OF_ADDRESS);
        work(2, &mut tried.all, Self::FREE_OF_ALL);
    }

    fn lock(&self) -> MutexGuard<'_, Tried> {
        self.tried.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads what was kept; nothing where there is nothing to be understood.
fn kept(file: &Path) -> Kept {
    let text = match std::fs::metadata(file) {
        Ok(about) if about.len() <= Throttle::LONGEST_FILE => std::fs::read(file).unwrap_or_default(),
        _ => return Kept::default(),
    };
    serde_json::from_slice(&text).unwrap_or_else(|error| {
        tracing::warn!(%error, file = %file.display(), "what wrong passwords were tried before is not known");
        Kept::default()
    })
}

/// Writes it beside and puts it in the place of what is there, so that it is whole whenever a crash comes.
fn write(file: &Path, kept: &Kept) -> std::io::Result<()> {
    let beside = file.with_extension("new");
    let text = serde_json::to_vec(kept)?;
    let mut open = std::fs::OpenOptions::new();
    let mut new = open.write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    new.write_all(&text)?;
    std::fs::rename(&beside, file)
}

impl Failures {
    /// What was kept of it. A time to come, where the clock was set back, is now.
    fn kept(count: u32, last: i64) -> Self {
        let ago = Duration::from_millis(u64::try_from(clock::now().0 - last).unwrap_or_default());
        Self { count, last: Some(Instant::now().checked_sub(ago).unwrap_or_else(Instant::now)) }.fresh()
    }

    /// What is worth keeping of it.
    fn worth(self) -> Option<(u32, i64)> {
        let fresh = self.fresh();
        let ago = fresh.last?.elapsed();
        (fresh.count > 0)
            .then(|| (fresh.count, clock::now().0 - i64::try_from(ago.as_millis()).unwrap_or_default()))
    }

    fn fresh(self) -> Self {
        if self.last.is_some_and(|last| last.elapsed() < Throttle::FORGOTTEN) {
            self
        } else {
            Self::default()
        }
    }

    fn wait(self, free: u32, longest: Duration) -> Duration {
        let fresh = self.fresh();
        let Some(over) = fresh.count.checked_sub(free) else { return Duration::ZERO };
        let pause = Duration::from_secs(5 << over.min(8)).min(longest);
        pause.saturating_sub(fresh.last.map_or(Duration::MAX, |last| last.elapsed()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, last))
    }

    #[test]
    fn a_hundred_thousand_other_names_do_not_reset_the_victim_s_failures() {
        let folder = tempfile::tempdir().unwrap();
        let throttle = Throttle::open(["ann".to_owned()].iter(), folder.path());
        for _ in 0..8 {
            throttle.failed("ann", address(1));
        }
        let before = throttle.admit("ann", address(1)).unwrap_err();
        for name in 0..100_000 {
            throttle.failed(&format!("name{name}"), address((name % 200) as u8));
        }
        let after = throttle.admit("ann", address(9)).unwrap_err();
        assert!(after + Duration::from_secs(60) > before);
        // Nor does the file grow without an end, or forget it.
        throttle.save();
        let file = folder.path().join(Throttle::FILE);
        assert!(std::fs::metadata(&file).unwrap().len() < Throttle::LONGEST_FILE / 3);
        let again = Throttle::open(["ann".to_owned()].iter(), folder.path());
        assert!(again.admit("ann", address(9)).unwrap_err() + Duration::from_secs(60) > before);
    }

    #[test]
    fn a_restart_forgets_nothing() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let open = || Throttle::open(["ann".to_owned(), "bob".to_owned()].iter(), folder.path());
        let throttle = open();
        assert!(!throttle.is_due());
        for _ in 0..8 {
            throttle.failed("ann", address(1));
            throttle.failed("nobody", address(1));
        }
        assert!(throttle.is_due());
        throttle.save();
        assert!(!throttle.is_due());
        let again = open();
        for name in ["ann", "nobody"] {
            let (before, after) =
                [&throttle, &again].map(|one| one.admit(name, address(2)).unwrap_err()).into();
            assert!(before.abs_diff(after) < Duration::from_secs(1), "{name}: {before:?} {after:?}");
        }
        assert_eq!(again.admit("bob", address(2)), Ok(()));
        let mode = std::fs::metadata(folder.path().join(Throttle::FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(folder.path().join(Throttle::FILE), "{").unwrap();
        assert_eq!(open().admit("ann", address(2)), Ok(()), "what cannot be read is nothing");
    }

    #[test]
    fn known_and_unknown_names_wait_as_long() {
        let folder = tempfile::tempdir().unwrap();
        let throttle = Throttle::open(["ann".to_owned()].iter(), folder.path());
        for _ in 0..4 {
            throttle.failed("ann", address(1));
            throttle.failed("nobody", address(1));
        }
        assert_eq!(throttle.admit("ann", address(1)), Ok(()));
        assert_eq!(throttle.admit("nobody", address(1)), Ok(()));
        for _ in 0..4 {
            throttle.failed("ann", address(1));
            throttle.failed("nobody", address(1));
        }
        let waits = ["ann", "nobody"].map(|name| throttle.admit(name, address(1)).unwrap_err().as_secs());
        assert_eq!(waits[0], waits[1]);
        throttle.passed("ann", address(1));
        assert_eq!(throttle.admit("ann", address(1)), Ok(()), "and the address alone locks nobody out");
    }
}
