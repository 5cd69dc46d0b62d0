//! An operator's authenticator app, and signing in with it.

use std::time::{SystemTime, UNIX_EPOCH};

use totp_rs::{Builder, Secret, Totp};

use super::browser::{Tab, field, text};
use super::client::Reply;
use super::world::Caller;

/// The page of the second factor.
pub const STEP: &str = "/console/login/factor";

/// A device, made from the secret that a page shows.
pub struct Device {
    pub secret: String,
    totp: Totp,
    /// The step of the next code: no code is accepted twice.
    next: u64,
}

fn step_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / 30
}

impl Device {
    /// The device that has read this page.
    pub fn of(page: &Reply) -> Self {
        let html = text(page);
        let (_, rest) = html.split_once("id=\"secret\">").unwrap_or_else(|| panic!("no secret: {html}"));
        let secret: String = rest.split('<').next().unwrap().split(' ').collect();
        assert!(html.contains("<svg class=\"qr\""), "no picture: {html}");
        let totp = Builder::new().with_secret(Secret::try_from_base32(&secret).unwrap()).build().unwrap();
        Self { secret, totp, next: 0 }
    }

    /// A code that was not used yet. The first two codes are valid for a minute, whatever the clock does in between.
    pub fn code(&mut self) -> String {
        let step = self.next.max(step_now());
        self.next = step + 1;
        self.totp.generate(step * 30).to_string()
    }

    /// A code that is wrong for some minutes.
    pub fn wrong_code(&self) -> String {
        let near: Vec<String> =
            (step_now() - 2..step_now() + 10).map(|step| self.totp.generate(step * 30).to_string()).collect();
        let mut all = (0..100).map(|number| format!("{number:06}"));
        all.find(|code| !near.contains(code)).unwrap()
    }
}

/// Sends the password; the reply must lead to the second factor.
pub async fn show_password(caller: &mut Caller, tab: &mut Tab, name: &str, password: &str) {
    let form = format!("name={name}&password={password}&next=/console");
    let reply = tab.submit(caller, "/console/login", "/console/login", &form).await;
    assert_eq!(
        (reply.status, reply.header("location")),
        (303, Some("/console/login/factor?next=%2Fconsole")),
        "{reply}"
    );
}

/// Sends a code, together with the secret of the page if the device is being enrolled.
pub async fn show_code(caller: &mut Caller, tab: &mut Tab, code: &str) -> Reply {
    let page = tab.get(caller, STEP).await;
    send_code(caller, tab, &page, STEP, code).await
}

/// The same, from a page that was read before.
pub async fn send_code(caller: &mut Caller, tab: &mut Tab, page: &Reply, path: &str, code: &str) -> Reply {
    let csrf = field(page, "csrf").unwrap_or_else(|| panic!("no hidden token: {page}"));
    let secret = field(page, "secret").map(|secret| format!("&secret={secret}")).unwrap_or_default();
    tab.post(caller, path, &format!("csrf={csrf}&next=/console&code={code}{secret}")).await
}

/// Signs in for the first time and enrols a device; returns it and its recovery codes.
pub async fn enrol(caller: &mut Caller, tab: &mut Tab, name: &str, password: &str) -> (Device, Vec<String>) {
    show_password(caller, tab, name, password).await;
    let page = tab.get(caller, STEP).await;
    let mut device = Device::of(&page);
    let code = device.code();
    let reply = send_code(caller, tab, &page, STEP, &code).await;
    (device, recovery_codes(&reply))
}

/// The recovery codes of the page that shows them once.
pub fn recovery_codes(page: &Reply) -> Vec<String> {
    assert_eq!(page.status, 200, "{page}");
    let codes: Vec<String> =
        text(page).split("<code>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect();
    assert_eq!(codes.len(), 10, "{page}");
    codes
}
