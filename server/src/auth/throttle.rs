//! How often a wrong password may be tried: by account, by address, and by all together.
//!
//! The tables have a fixed size and nothing is ever evicted from them, so that nobody can make the console forget their failures
//! by trying a hundred thousand other names. A known account has a place of its own; all other names share the places of a table,
//! by a hash that nobody outside knows. Whether a name is known makes no difference to what is answered.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::secret::{hash, id};

/// What was tried in vain.
#[derive(Debug)]
pub(super) struct Throttle {
    key: String,
    tried: Mutex<Tried>,
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

    /// A throttle that knows these accounts.
    pub(super) fn new<'a>(accounts: impl Iterator<Item = &'a String>) -> Self {
        let accounts = accounts.map(|name| (name.clone(), Failures::default())).collect();
        let places = || vec![Failures::default(); Self::PLACES];
        let tried = Tried { accounts, others: places(), addresses: places(), all: Failures::default() };
        Self { key: id(), tried: Mutex::new(tried) }
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
    }

    /// Forgets the account's failures: its password was given. Those of the address stay, for they may be another's.
    pub(super) fn passed(&self, name: &str, address: IpAddr) {
        self.each(name, address, |index, failures, _| {
            if index == 0 {
                *failures = Failures::default();
            }
        });
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
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        let tried = &mut *tried;
        match tried.accounts.get_mut(name) {
            Some(account) => work(0, account, Self::FREE),
            None => work(0, &mut tried.others[other], Self::FREE),
        }
        work(1, &mut tried.addresses[from], Self::FREE_OF_ADDRESS);
        work(2, &mut tried.all, Self::FREE_OF_ALL);
    }
}

impl Failures {
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
        let throttle = Throttle::new(["ann".to_owned()].iter());
        for _ in 0..8 {
            throttle.failed("ann", address(1));
        }
        let before = throttle.admit("ann", address(1)).unwrap_err();
        for name in 0..100_000 {
            throttle.failed(&format!("name{name}"), address((name % 200) as u8));
        }
        let after = throttle.admit("ann", address(9)).unwrap_err();
        assert!(after + Duration::from_secs(60) > before);
    }

    #[test]
    fn known_and_unknown_names_wait_as_long() {
        let throttle = Throttle::new(["ann".to_owned()].iter());
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
