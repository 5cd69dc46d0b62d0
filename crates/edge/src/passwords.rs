//! Passwords of people: slow hashes, computed and compared on dedicated threads.
//!
//! Limits: [`AT_A_TIME`] threads, [`LINE`] slots for hashes that wait or run, of which one address has a share. A caller that finds no slot is
//! refused at once; a slot is taken before a try is counted or a row is written.

use std::collections::HashMap;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, LazyLock};

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use parking_lot::Mutex;
use tokio::sync::oneshot;

/// Hashes computed at a time: each takes 19 MiB and a core for some hundredths of a second.
const AT_A_TIME: usize = 2;
/// Slots in the queue: the last one waits for about a second.
const LINE: usize = 40;
/// Slots that one address may take.
const LINE_OF_ADDRESS: usize = 10;
/// Bytes of a salt.
const SALT: usize = 16;

type Work = Box<dyn FnOnce() + Send>;

/// The threads, and the slots in their queue.
#[derive(Debug)]
struct Pool {
    work: SyncSender<Work>,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

static POOL: LazyLock<Arc<Pool>> = LazyLock::new(|| {
    // Room for every slot, so that a caller with a slot never waits to enqueue.
    let (work, waiting) = sync_channel(LINE);
    let waiting = Arc::new(Mutex::new(waiting));
    for _ in 0..AT_A_TIME {
        let waiting = Arc::clone(&waiting);
        let thread = std::thread::Builder::new().name("password".into()).spawn(move || serve(&waiting));
        if let Err(error) = thread {
            tracing::error!(%error, "no thread for passwords");
        }
    }
    Arc::new(Pool { work, taken: Mutex::default() })
});

fn serve(waiting: &Mutex<Receiver<Work>>) {
    loop {
        let next = waiting.lock().recv();
        let Ok(work) = next else { return };
        // A panic fails only its caller, whose reply is dropped. The panic hook has logged it.
        let _ = catch_unwind(AssertUnwindSafe(work));
    }
}

/// The refusal for want of a slot: 503.
fn busy() -> engine::Error {
    engine::Error::Unavailable("too many passwords are waiting to be compared".to_owned())
}

/// A slot in the queue, released on drop.
#[derive(Debug)]
pub struct Slot {
    pool: Arc<Pool>,
    address: Option<IpAddr>,
}

/// Takes a slot for a caller at this address that is not authenticated.
///
/// # Errors
/// There is no free slot; the caller may retry later.
pub fn slot(address: IpAddr) -> Result<Slot, engine::Error> {
    Pool::slot(&POOL, Some(address))
}

impl Pool {
    fn slot(pool: &Arc<Self>, address: Option<IpAddr>) -> Result<Slot, engine::Error> {
        let mut taken = pool.taken.lock();
        let own = address.and_then(|address| taken.by_address.get(&address)).copied().unwrap_or(0);
        if taken.all >= LINE || own >= LINE_OF_ADDRESS {
            return Err(busy());
        }
        taken.all += 1;
        if let Some(address) = address {
            *taken.by_address.entry(address).or_default() += 1;
        }
        Ok(Slot { pool: Arc::clone(pool), address })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.pool.taken.lock();
        taken.all = taken.all.saturating_sub(1);
        let Some(address) = self.address else { return };
        if let Some(own) = taken.by_address.get_mut(&address) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                taken.by_address.remove(&address);
            }
        }
    }
}

impl Slot {
    /// Whether a password matches a hash. With `None` as the hash it takes as long and is false.
    pub async fn matches(&self, password: String, hashed: Option<String>) -> bool {
        let compare = move || {
            static NO_USER: LazyLock<String> = LazyLock::new(|| hash("no user's").unwrap_or_default());
            let known = hashed.is_some();
            let text = hashed.unwrap_or_else(|| NO_USER.clone());
            let Ok(parsed) = PasswordHash::new(&text) else { return false };
            Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok() && known
        };
        self.run(compare).await.unwrap_or(false)
    }

    /// Runs work on one of the threads. `None`: there is no thread, or the work panicked.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        let work: Work = Box::new(move || {
            // The caller may be gone.
            let _ = reply.send(work());
        });
        self.pool.work.try_send(work).ok()?;
        answer.await.ok()
    }
}

/// Hashes a password; the text holds salt and parameters.
///
/// # Errors
/// The system gives no randomness, or the password is too long for the hash.
pub fn hash(password: &str) -> Result<String, String> {
    salted(&Argon2::default(), password)
}

fn salted(argon2: &Argon2<'_>, password: &str) -> Result<String, String> {
    let mut salt = [0u8; SALT];
    getrandom::fill(&mut salt).map_err(|error| error.to_string())?;
    let hash = argon2.hash_password_with_salt(password.as_bytes(), &salt);
    hash.map(|hash| hash.to_string()).map_err(|error| error.to_string())
}

/// Hashes a password that everybody knows, as those of the demo world, with the least work that the format has: it protects nothing.
///
/// # Errors
/// As [`hash`].
pub fn hash_known(password: &str) -> Result<String, String> {
    let least = Params::new(Params::MIN_M_COST, Params::MIN_T_COST, Params::MIN_P_COST, None);
    let least = least.map_err(|error| error.to_string())?;
    salted(&Argon2::new(Algorithm::default(), Version::default(), least), password)
}

/// Hashes a password on the threads, for authenticated callers.
///
/// # Errors
/// As [`hash`], or there is no slot in the queue.
pub async fn hashed(password: String) -> Result<String, engine::Error> {
    let slot = Pool::slot(&POOL, None)?;
    let made = slot.run(move || hash(&password)).await.unwrap_or_else(|| Err("no thread for passwords".to_owned()));
    made.map_err(engine::Error::Unavailable)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_itself_matches_its_hash() {
        let (one, other) = (hash("1111111111").unwrap(), hash("1111111111").unwrap());
        assert_ne!(one, other, "salted");
        assert!(one.starts_with("$argon2id$") && !one.contains("1111111111"));
        let known = hash_known("1111111111").unwrap();
        assert!(known.starts_with("$argon2id$") && known.contains("m=8,t=1,p=1"), "{known}");
        for (password, hashed, expected) in [
            ("1111111111", Some(known.clone()), true),
            ("1111111112", Some(known), false),
            ("1111111111", Some(one.clone()), true),
            ("1111111112", Some(one), false),
            ("no user's", None, false),
            ("x", Some("not a hash".to_owned()), false),
        ] {
            let slot = Pool::slot(&POOL, None).unwrap();
            assert_eq!(slot.matches(password.to_owned(), hashed).await, expected, "{password}");
        }
    }

    #[test]
    fn an_address_has_a_share_of_the_line_and_a_caller_without_a_slot_is_refused_at_once() {
        let (work, _waiting) = sync_channel(LINE);
        let pool = Arc::new(Pool { work, taken: Mutex::default() });
        let address = |last: usize| Some(IpAddr::from([192, 0, 2, u8::try_from(last).unwrap()]));
        let take = |last: usize| Pool::slot(&pool, address(last));
        let mut slots: Vec<Slot> = (0..LINE_OF_ADDRESS).map(|_| take(1).unwrap()).collect();
        assert!(take(1).is_err_and(|error| error.is_passing()), "its share");
        slots.extend((LINE_OF_ADDRESS..LINE).map(|number| take(2 + number / LINE_OF_ADDRESS).unwrap()));
        assert!(take(250).is_err_and(|error| error.is_passing()), "all slots");
        drop(slots);
        assert!(pool.taken.lock().by_address.is_empty() && take(1).is_ok());
    }
}
