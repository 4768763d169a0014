//! How often one person acts. It is counted by person, so that a new connection or session gives nobody more.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use zooscope_protocol::{Refusal, RefusalCode};

use super::policy::Rate;

/// When who acted under which rule.
#[derive(Debug, Default)]
pub(super) struct Pace {
    spent: Mutex<HashMap<(String, String), VecDeque<Instant>>>,
}

impl Pace {
    /// How many persons and rules are remembered at once. Those that acted longest ago go first, a day ago at most.
    const LIMIT: usize = 20_000;
    const LONGEST: Duration = Duration::from_secs(86_400);

    /// Counts one action under all of these rates, or, where one of them is spent, none. Errors: when it may be tried again.
    pub(super) fn spend(&self, subject: &str, rates: &BTreeSet<Rate>) -> Result<(), Refusal> {
        let now = Instant::now();
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        for rate in rates {
            let Some(times) = spent.get_mut(&key(subject, rate)) else { continue };
            while times.front().is_some_and(|first| now.duration_since(*first) >= rate.within) {
                times.pop_front();
            }
            if times.len() >= rate.times as usize {
                let wait =
                    times.front().map_or(Duration::ZERO, |first| rate.within - now.duration_since(*first));
                let detail = format!(
                    "{} actions in {} s are the limit for one person here; go on in {} s",
                    rate.times,
                    rate.within.as_secs(),
                    wait.as_secs() + 1
                );
                return Err(Refusal::new(RefusalCode::TooMany, detail));
            }
        }
        if spent.len() >= Self::LIMIT {
            spent.retain(|_, times| {
                times.back().is_some_and(|last| now.duration_since(*last) < Self::LONGEST)
            });
        }
        if spent.len() >= Self::LIMIT
            && let Some(oldest) =
                spent.iter().min_by_key(|(_, times)| times.back().copied()).map(|(key, _)| key.clone())
        {
            spent.remove(&oldest);
        }
        for rate in rates {
            spent.entry(key(subject, rate)).or_default().push_back(now);
        }
        Ok(())
    }
}

fn key(subject: &str, rate: &Rate) -> (String, String) {
    (subject.to_owned(), format!("{}/{}/{}", rate.rule, rate.times, rate.within.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_s_pace_is_not_another_s_and_comes_back() {
        let pace = Pace::default();
        let rates = BTreeSet::from([Rate { times: 2, within: Duration::from_millis(100), rule: "r".into() }]);
        assert!(pace.spend("a", &rates).is_ok() && pace.spend("a", &rates).is_ok());
        assert_eq!(pace.spend("a", &rates).unwrap_err().code, RefusalCode::TooMany);
        assert!(pace.spend("b", &rates).is_ok());
        std::thread::sleep(Duration::from_millis(120));
        assert!(pace.spend("a", &rates).is_ok());
    }
}
