//! What struck a request besides its own contents: a fault of a sandbox, a magic value, or a rule of strict mode.
//!
//! Shape: where something strikes, it is noted with [`note`]; [`noting`] collects what was noted while a request was handled.
//! Absent: faults and magic values. The sandbox has them.

use std::borrow::Cow;
use std::cell::RefCell;
use std::future::Future;

/// What kind of thing struck.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StruckBy {
    /// A fault that was armed.
    Fault,
    /// A magic value of the request or of its subject.
    Magic,
    /// A rule of strict mode.
    Strict,
}

/// What struck a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Struck {
    /// Its kind.
    pub by: StruckBy,
    /// The fault's, magic value's or rule's name.
    pub name: Cow<'static, str>,
    /// The number of the armed rule; `None`: it has none.
    pub rule: Option<u64>,
}

impl Struck {
    /// Something without a number.
    pub fn named(by: StruckBy, name: impl Into<Cow<'static, str>>) -> Self {
        Self { by, name: name.into(), rule: None }
    }
}

tokio::task_local! {
    static NOTED: RefCell<Vec<Struck>>;
}

/// The result of the work, and what struck it, in order.
pub async fn noting<T>(work: impl Future<Output = T>) -> (T, Vec<Struck>) {
    NOTED.scope(RefCell::default(), async { (work.await, NOTED.with(RefCell::take)) }).await
}

/// Notes what has struck the request that is being handled, once. Outside of a request it is given back.
///
/// # Errors
/// No request is being handled: a call by telephone, for example.
pub fn note(struck: Struck) -> Result<(), Struck> {
    let mut rest = Some(struck);
    let noted = NOTED.try_with(|noted| {
        let mut noted = noted.borrow_mut();
        if let Some(struck) = rest.take().filter(|struck| !noted.contains(struck)) {
            noted.push(struck);
        }
    });
    match (noted, rest) {
        (Err(_), Some(struck)) => Err(struck),
        (Ok(()) | Err(_), _) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_strikes_is_noted_once_and_in_order_for_its_request_only() {
        let fault = || Struck { by: StruckBy::Fault, name: "delay".into(), rule: Some(3) };
        let rule = || Struck::named(StruckBy::Strict, "api_key");
        let work = async { [fault(), rule(), fault()].map(|struck| note(struck).is_ok()) };
        assert_eq!(noting(work).await, ([true; 3], vec![fault(), rule()]));
        assert_eq!(noting(async {}).await, ((), Vec::new()));
        assert_eq!(note(rule()), Err(rule()));
    }
}
