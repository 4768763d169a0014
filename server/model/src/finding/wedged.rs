//! A Curator semaphore that never gives a lease again.
//!
//! Source: `InterProcessSemaphoreV2`, 5.7.1, run: when somebody deletes the first znode of `locks`, the next lays down its
//! lease too, and two pending leases wait for each other. A pending lease is there longer than the last lease was given
//! back, which in good order lets it acquire within milliseconds.

use zooscope_protocol::{About, Finding, Severity, ZnodePath};

use super::Check;
use crate::observed::Stall;
use crate::recipe::finding;
use crate::revision::Revision;

/// A semaphore whose pending lease stays pending.
pub(super) struct Wedged;

/// The semaphores that give no lease any more, each with the lease that is surely pending.
pub(crate) fn wedged(now: &Revision) -> impl Iterator<Item = (&ZnodePath, &Stall)> {
    now.observed
        .stalls()
        .filter(|(_, stall)| stall.since.millis_until(now.at) / 1_000 >= now.thresholds.wedged)
}

impl Check for Wedged {
    fn check(&self, now: &Revision, found: &mut Vec<Finding>) {
        for (path, stall) in wedged(now) {
            let sentence = format!(
                "A lease was given back here, and yet {} is pending since {:#} at least: two contenders lay down leases at once and wait for \
                 each other, after a znode of `locks` was deleted from outside, or fewer leases are allowed than before. Nobody \
                 gets a lease any more. Delete the pending lease, and look again: one at a time.",
                stall.lease.name(),
                stall.since,
            );
            let about = About::Lock(path.clone());
            found.push(finding(
                "wedged_semaphore",
                Severity::Critical,
                sentence,
                about,
                vec![stall.lease.clone()],
            ));
        }
    }
}
