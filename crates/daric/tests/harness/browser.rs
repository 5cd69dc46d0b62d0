//! What a browser does between requests: it keeps cookies and fills in forms. It follows no redirect by itself.

use std::collections::BTreeMap;

use super::client::{Call, Reply};
use super::world::Caller;

/// A browser with separate cookies.
#[derive(Debug, Default, Clone)]
pub struct Tab {
    cookies: BTreeMap<String, String>,
    /// Headers of every form.
    pub headers: Vec<(&'static str, String)>,
}

impl Tab {
    /// A browser that states the origin of each form, as real browsers do.
    pub fn of(address: impl std::fmt::Display) -> Self {
        let headers = vec![("origin", format!("http://{address}")), ("sec-fetch-site", "same-origin".to_owned())];
        Self { cookies: BTreeMap::new(), headers }
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    fn with_cookies(&self, call: Call) -> Call {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if cookies.is_empty() { call } else { call.header("cookie", &cookies.join("; ")) }
    }

    pub async fn send(&mut self, caller: &mut Caller, call: Call) -> Reply {
        self.try_send(caller, self.with_cookies(call)).await.unwrap()
    }

    /// Sends a call that has the cookies already. `Err`: the connection broke.
    pub async fn try_send(&mut self, caller: &mut Caller, call: Call) -> Result<Reply, String> {
        let reply = caller.send(&call).await?;
        for cookie in reply.headers.get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        Ok(reply)
    }

    /// The request for a page, not sent yet.
    pub fn page(&self, path: &str) -> Call {
        self.with_cookies(Call::get(path))
    }

    pub async fn get(&mut self, caller: &mut Caller, path: &str) -> Reply {
        self.send(caller, Call::get(path)).await
    }

    /// The request of a form, not sent yet; `form` is encoded already.
    pub fn form(&self, path: &str, form: &str) -> Call {
        let mut call = Call::post(path).header("content-type", "application/x-www-form-urlencoded").body(form);
        for (name, value) in &self.headers {
            call = call.header(name, value);
        }
        self.with_cookies(call)
    }

    /// Sends a form; `form` is encoded already.
    pub async fn post(&mut self, caller: &mut Caller, path: &str, form: &str) -> Reply {
        self.try_send(caller, self.form(path, form)).await.unwrap()
    }

    /// Sends a form with the hidden token of a page.
    pub async fn submit(&mut self, caller: &mut Caller, page: &str, path: &str, form: &str) -> Reply {
        let page = self.get(caller, page).await;
        let csrf = field(&page, "csrf").unwrap_or_else(|| panic!("no hidden token: {page}"));
        let form = if form.is_empty() { format!("csrf={csrf}") } else { format!("csrf={csrf}&{form}") };
        self.post(caller, path, &form).await
    }

    /// Requests an authorization code as a logged-in user, and allows what the page asks for; returns the redirect to the client.
    pub async fn authorize(&mut self, caller: &mut Caller, path: &str) -> Reply {
        let reply = self.get(caller, path).await;
        let Some(csrf) = field(&reply, "csrf").filter(|_| reply.status == 200) else { return reply };
        self.post(caller, path, &format!("csrf={csrf}&decision=allow")).await
    }

    /// Logs in on POD's page.
    pub async fn log_in(&mut self, caller: &mut Caller, name: &str) {
        let form = format!("username={name}&password={name}&next=/");
        let reply = self.submit(caller, "/oauth2/login", "/oauth2/login", &form).await;
        assert_eq!((reply.status, reply.header("location")), (302, Some("/")), "{reply}");
    }
}

/// The value of a hidden field of a page: the first of that name.
pub fn field(page: &Reply, name: &str) -> Option<String> {
    let html = text(page);
    let (_, rest) = html.split_once(&format!("name=\"{name}\" value=\""))?;
    rest.split_once('"').map(|(value, _)| value.to_owned())
}

/// A page's text.
pub fn text(page: &Reply) -> String {
    String::from_utf8_lossy(&page.body).into_owned()
}
