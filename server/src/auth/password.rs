//! Passwords: Argon2id hashes, and how many are computed at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::PasswordHasher as _;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq as _;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// The longest password, in bytes.
pub const LONGEST: usize = 1_024;
/// The shortest that is hashed, in characters.
const SHORTEST: usize = 8;
/// The memory of a new hash in KiB, its passes and its lanes: the least that OWASP asks for, and that is accepted.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// The most memory that a stored hash may ask for, in KiB, and the most passes.
const MOST_MEMORY_KIB: u32 = 131_072;
const MOST_PASSES: u32 = 16;

/// The hash of a password, in the form that is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Phc {
    text: String,
    memory: u32,
    passes: u32,
}

impl std::fmt::Debug for Phc {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Phc")
    }
}

impl Phc {
    /// Reads a hash. Errors: a sentence that says what is wrong; it shows nothing of the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let make = "make it with `zooscope hash-password`";
        let hash = PasswordHash::new(text).map_err(|_| {
            format!("`password` is the hash of a password, never the password itself; {make}")
        })?;
        if hash.algorithm.as_str() != "argon2id" {
            return Err(format!("`password` is no Argon2id hash; {make}"));
        }
        if hash.salt.is_none() || hash.hash.is_none_or(|hash| hash.len() < 32) {
            return Err(format!("`password` is no whole hash; {make}"));
        }
        let params =
            Params::try_from(&hash).map_err(|_| format!("`password` has wrong parameters; {make}"))?;
        if hash.version != Some(19)
            || params.m_cost() < MEMORY_KIB
            || params.t_cost() < PASSES
            || params.p_cost() != LANES
        {
            return Err(format!(
                "`password` is a weak hash (at least m={MEMORY_KIB},t={PASSES},p={LANES} of version 19); {make}"
            ));
        }
        if params.m_cost() > MOST_MEMORY_KIB || params.t_cost() > MOST_PASSES {
            return Err(format!(
                "`password` asks for more than m={MOST_MEMORY_KIB},t={MOST_PASSES}, so that signing in would be an attack; {make}"
            ));
        }
        Ok(Self { text: text.to_owned(), memory: params.m_cost(), passes: params.t_cost() })
    }

    /// Hashes a password. Errors: a sentence that says what is wrong with it.
    pub fn of(password: &str) -> Result<Self, String> {
        if password.chars().count() < SHORTEST || password.len() > LONGEST {
            return Err(format!("a password has {SHORTEST} characters to {LONGEST} bytes"));
        }
        Self::with(password, MEMORY_KIB, PASSES)
    }

    fn with(password: &str, memory: u32, passes: u32) -> Result<Self, String> {
        let params = Params::new(memory, passes, LANES, Some(32)).map_err(|error| error.to_string())?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let hash: PasswordHash =
            argon.hash_password(password.as_bytes()).map_err(|error| error.to_string())?;
        Self::parse(&hash.to_string())
    }

    /// The text that is kept.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether this is the password. The memory is the caller's, to be used again.
    fn verify(&self, password: &str, memory: &mut Vec<Block>) -> bool {
        let Ok(hash) = PasswordHash::new(&self.text) else { return false };
        let (Some(salt), Some(expected)) = (&hash.salt, &hash.hash) else { return false };
        let Ok(params) = Params::try_from(&hash) else { return false };
        let blocks = params.block_count();
        if memory.len() < blocks {
            memory.resize(blocks, Block::default());
        }
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut computed = vec![0; expected.len()];
        let done = argon.hash_password_into_with_memory(
            password.as_bytes(),
            salt.as_ref(),
            &mut computed,
            &mut memory[..blocks],
        );
        done.is_ok() && computed.ct_eq(expected.as_bytes()).into()
    }
}

/// Who computes hashes: as many at once as there are cores, and not many more wait.
#[derive(Debug)]
pub struct Verifier {
    running: Arc<Semaphore>,
    /// The memory of those that do not run, kept: what is given back to the allocator by ever other threads it keeps for each.
    idle: Arc<Mutex<Vec<Vec<Block>>>>,
    waiting: AtomicUsize,
    /// Verified where there is no user of a name, so that this takes as long.
    nobody: Phc,
}

/// Too many want to sign in at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

impl Verifier {
    /// How many wait at most.
    const QUEUE: usize = 64;

    /// A verifier for these hashes.
    pub fn new<'a>(known: impl Iterator<Item = &'a Phc>) -> Result<Self, String> {
        let (memory, passes) = known.fold((MEMORY_KIB, PASSES), |(memory, passes), phc| {
            (memory.max(phc.memory), passes.max(phc.passes))
        });
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let nobody = Phc::with(&super::secret::id(), memory, passes)?;
        Ok(Self {
            running: Arc::new(Semaphore::new(cores)),
            idle: Arc::default(),
            waiting: AtomicUsize::new(0),
            nobody,
        })
    }

    /// Whether this is the password; where there is no user, it takes as long and is not.
    pub async fn verify(&self, phc: Option<&Phc>, password: Zeroizing<String>) -> Result<bool, Busy> {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= Self::QUEUE {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(Busy);
        }
        // Counts down again where the request is dropped in the middle of waiting.
        let queued = Queued(&self.waiting);
        let permit = self.running.clone().acquire_owned().await.map_err(|_| Busy)?;
        drop(queued);
        let known = phc.is_some();
        let phc = phc.unwrap_or(&self.nobody).clone();
        // The permit goes with the work: a request that is dropped does not make room for another while its hash is computed.
        let idle = self.idle.clone();
        let verified = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let mut memory = idle.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
            let verified = phc.verify(&password, &mut memory);
            // There are never more than permits.
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
            verified
        });
        Ok(verified.await.unwrap_or(false) && known)
    }
}

struct Queued<'a>(&'a AtomicUsize);

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordVerifier as _;

    use super::*;

    #[test]
    fn a_hash_is_read_and_verified() {
        let phc = Phc::of("correct horse").unwrap();
        assert!(phc.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let mut memory = Vec::new();
        assert!(phc.verify("correct horse", &mut memory) && !phc.verify("correct horsf", &mut memory));
        assert!(
            Argon2::default()
                .verify_password(b"correct horse", &PasswordHash::new(phc.as_str()).unwrap())
                .is_ok()
        );
        assert_eq!(Phc::parse(phc.as_str()).unwrap(), phc);
        assert!(!format!("{phc:?}").contains("argon2id$"));
        assert!(Phc::of("short").is_err());
    }

    #[test]
    fn weak_hashes_and_plain_passwords_are_refused() {
        let strong = Phc::of("correct horse").unwrap().text;
        for weak in [
            "hunter2".to_owned(),
            String::new(),
            strong.replace("argon2id", "argon2i"),
            strong.replace("m=19456", "m=4096"),
            strong.replace("t=2", "t=1"),
            strong.replace("p=1", "p=4"),
            strong.replace("v=19", "v=16"),
            strong.replace("m=19456", "m=1000000"),
            strong.replace("t=2", "t=1000"),
            strong.rsplit_once('$').unwrap().0.to_owned(),
            "$2b$12$abcdefghijklmnopqrstuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu".to_owned(),
        ] {
            let error = Phc::parse(&weak).expect_err(&weak);
            assert!(error.contains("hash-password"), "{error}");
            assert!(weak.is_empty() || !error.contains(&weak), "an error shows nothing of the text");
        }
    }

    #[tokio::test]
    async fn a_name_that_is_nobody_s_is_verified_in_vain() {
        let phc = Phc::of("correct horse").unwrap();
        let verifier = Verifier::new(std::iter::once(&phc)).unwrap();
        let verify =
            async |phc, password: &str| verifier.verify(phc, Zeroizing::new(password.to_owned())).await;
        assert_eq!(verify(Some(&phc), "correct horse").await, Ok(true));
        assert_eq!(verify(Some(&phc), "wrong").await, Ok(false));
        assert_eq!(verify(None, "correct horse").await, Ok(false));
        assert_eq!(verifier.waiting.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn no_more_than_so_many_wait() {
        let phc = Phc::of("correct horse").unwrap();
        let verifier = Verifier::new(std::iter::once(&phc)).unwrap();
        // Nobody's turn comes.
        let all = u32::try_from(verifier.running.available_permits()).unwrap();
        let busy = verifier.running.clone().acquire_many_owned(all).await.unwrap();
        let verify = || Box::pin(verifier.verify(Some(&phc), Zeroizing::new("correct horse".to_owned())));
        let mut waiting: Vec<_> = (0..Verifier::QUEUE).map(|_| verify()).collect();
        for one in &mut waiting {
            assert!(futures::poll!(one).is_pending());
        }
        assert_eq!(futures::poll!(verify()), std::task::Poll::Ready(Err(Busy)));
        // Who goes away makes room.
        waiting.pop();
        assert!(futures::poll!(verify()).is_pending());
        drop((waiting, busy));
        assert_eq!(verify().await, Ok(true));
        assert_eq!(verifier.waiting.load(Ordering::Relaxed), 0);
    }
}
