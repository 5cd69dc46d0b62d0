//! The payment page: payers who have logged in open an invoice's link and page, pay from their wallets and read the receipt, against a bare
//! server that answers the same four requests with static pages of the same size.
//!
//! Order: start the server and the static one, create shops and payers, log the payers in, weigh the page, alternating rounds, for each of which
//! invoices are issued first; stop, verify, print.
//! Validity: every form is sent with the token of its own page, every receipt must say that the invoice is paid, and `daric verify` must find a
//! transfer for each payment.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use http_body_util::Full;
use hyper::header::{ACCEPT_ENCODING, CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use hyper::{Method, Request, Response, StatusCode};
use tokio::task::JoinSet;

use crate::generator::{self, Connection, Target};
use crate::http::{Workspace, log_tails};
use crate::pairs::{self, Figures, Side};
use crate::pod::{self, World};
use crate::process::{self, Scratch, Server};
use crate::result::Result;
use crate::settings::Other;

/// What a run is asked to do.
#[derive(Args, Clone)]
pub struct Settings {
    /// Payments of a round
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(64..10_000_000))]
    pub pairs: u32,
    /// Rounds of each side
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// Have the server use this empty PostgreSQL database
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    #[command(flatten)]
    pub other: Other,
}

/// The maximum weight of the page with everything it needs, in bytes: with its font and without.
const HEAVIEST: (usize, usize) = (60 * 1024, 22 * 1024);

/// A cookie by which the server knows a browser.
const KNOWN: &str = "daric_form=known";

/// Runs the scenario and prints its figures.
pub async fn run(settings: &Settings) -> Result<()> {
    let target = process::target_dir()?;
    let scratch = Scratch::create(&target, "bench-page")?;
    let workspaces = Workspace::all(&scratch, &settings.other, settings.database.clone())?;
    measure(settings, &scratch, &workspaces).await.inspect_err(|_| log_tails(&workspaces))
}

async fn measure(settings: &Settings, scratch: &Scratch, workspaces: &[Workspace]) -> Result<()> {
    let mut echo = std::process::Command::new(std::env::current_exe()?);
    echo.arg("echo");
    let plain = Server::start(echo, &scratch.path().join("echo.log"))?;
    let mut sides = Vec::new();
    for workspace in workspaces {
        let (server, mut operator) = pod::start(workspace).await?;
        let world = Arc::new(pod::make(&mut operator).await?);
        let mut cookies = Vec::new();
        for payer in 0..pod::PAYERS {
            cookies.push(log_in(server.address, payer).await?);
        }
        sides.push(Side::new(workspace, server, (world, Arc::new(cookies)))?);
    }
    let weight = weigh(sides[0].server.address, &sides[0].world.0).await?;

    let mut still = Figures::new()?;
    for _ in 0..settings.rounds {
        let links = vec![String::new(); settings.pairs as usize];
        let pairs = one_round(plain.address, Target::Echo, &sides[0].world.1, links, &weight).await?;
        eprintln!("{:<6} {:>8.0} payments/s", "static", pairs.pairs_per_s());
        still.add(&pairs)?;
        for side in &mut sides {
            let (address, (world, cookies)) = (side.server.address, &side.world);
            let links = pod::unique_numbers(address, world, settings.pairs).await?;
            let before = side.server.cpu()?;
            let pairs = one_round(address, Target::Daric, cookies, links, &weight).await?;
            eprintln!("{:<6} {:>8.0} payments/s", side.name, pairs.pairs_per_s());
            side.count(&pairs, before)?;
        }
    }
    drop(plain);
    println!("{} connections, {} rounds of {} payments", pod::CONNECTIONS, settings.rounds, settings.pairs);
    pairs::print("         payments/s  open p50 ms  p99 ms   pay p50 ms  p99 ms", ("static", &still), &sides)?;
    println!(
        "first byte        {:.2} ms of the page, alone, the fastest of {WEIGHED}",
        weight.first_byte.as_secs_f64() * 1e3
    );
    let kib = |bytes: usize| bytes as f64 / 1024.0;
    println!(
        "bytes             {:.1} KiB: page {}, style {}, script {}, icon {}, and {:.1} KiB of font; the second page {} alone",
        kib(weight.without_font()),
        weight.page,
        weight.style,
        weight.script,
        weight.icon,
        kib(weight.font),
        weight.next
    );
    if weight.without_font() > HEAVIEST.1 || weight.without_font() + weight.font > HEAVIEST.0 {
        return Err("the page is too heavy".into());
    }
    pairs::end(sides, workspaces)
}

/// A browser tab: its connection and cookies.
struct Tab {
    connection: Connection,
    address: SocketAddr,
    cookies: String,
}

impl Tab {
    async fn get(&mut self, path: &str) -> Result<Response<()>> {
        let request = self.request(Method::GET, path).body(Full::default())?;
        Ok(self.connection.fetch(request).await?)
    }

    async fn post(&mut self, path: &str, form: String) -> Result<Response<()>> {
        let request = self.request(Method::POST, path).header(ORIGIN, format!("http://{}", self.address));
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        Ok(self.connection.fetch(request.body(Full::from(form))?).await?)
    }

    fn request(&self, method: Method, path: &str) -> hyper::http::request::Builder {
        let request = Request::builder().method(method).uri(path).header(HOST, self.address.to_string());
        if self.cookies.is_empty() { request } else { request.header(COOKIE, &self.cookies) }
    }

    fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.connection.reply)
    }

    fn keep(&mut self, response: &Response<()>) {
        for cookie in response.headers().get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok()) {
            let pair = cookie.split(';').next().unwrap_or_default();
            self.cookies = if self.cookies.is_empty() { pair.to_owned() } else { format!("{}; {pair}", self.cookies) };
        }
    }
}

fn location(response: &Response<()>) -> Result<String> {
    let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
    to.map(str::to_owned).ok_or_else(|| format!("HTTP {}: no way on", response.status()).into())
}

fn expect(status: StatusCode, response: &Response<()>, tab: &Tab, part: &str) -> Result<()> {
    if response.status() == status && tab.text().contains(part) {
        return Ok(());
    }
    Err(format!("no {part} in HTTP {}: {}", response.status(), tab.text()).into())
}

async fn log_in(address: SocketAddr, payer: usize) -> Result<String> {
    let (connection, driver) = Connection::open(address).await?;
    let mut tab = Tab { connection, address, cookies: String::new() };
    let page = async {
        let shown = tab.get("/oauth2/login").await?;
        tab.keep(&shown);
        let csrf = token(&tab.text())?;
        let form = format!("csrf={csrf}&username=bench-payer-{payer}&password={}&next=/", pod::PASSWORD);
        let sent = tab.post("/oauth2/login", form).await?;
        expect(StatusCode::FOUND, &sent, &tab, "")?;
        tab.keep(&sent);
        Ok(tab.cookies)
    };
    generator::drive(driver, page).await
}

fn token(page: &str) -> Result<String> {
    let (_, rest) = page.split_once("name=\"csrf\" value=\"").ok_or("no token in a form")?;
    Ok(rest.split('"').next().unwrap_or_default().to_owned())
}

/// The sizes of the page and of what it needs, with the heads of the replies, as browsers request them; and the time to the page's first byte.
struct Weight {
    /// The first page of a browser, and its next ones.
    page: usize,
    next: usize,
    style: usize,
    script: usize,
    icon: usize,
    font: usize,
    first_byte: Duration,
    /// The page's body, for the static server.
    body: usize,
}

/// How many pages are requested, of which the fastest is reported.
const WEIGHED: usize = 50;

impl Weight {
    fn without_font(&self) -> usize {
        self.page + self.style + self.script + self.icon
    }
}

async fn weigh(address: SocketAddr, world: &Arc<World>) -> Result<Weight> {
    let links = pod::unique_numbers(address, world, 1).await?;
    let (connection, driver) = Connection::open(address).await?;
    let mut tab = Tab { connection, address, cookies: String::new() };
    let weighing = async {
        let came = tab.get(&link(&links[0])).await?;
        let path = location(&came)?;
        let (page, _) = weight_of(&mut tab, &path).await?;
        // A browser that has been on a page before gets the page without its styles, as the payers of the rounds do.
        tab.cookies = KNOWN.to_owned();
        let (next, html) = weight_of(&mut tab, &path).await?;
        let mut first_byte = Duration::MAX;
        for _ in 0..WEIGHED {
            let request = tab.request(Method::GET, &path).header(ACCEPT_ENCODING, "gzip").body(Full::default())?;
            first_byte = first_byte.min(tab.connection.first_byte(request).await?);
        }
        let shown = tab.get(&path).await?;
        expect(StatusCode::OK, &shown, &tab, "/assets/daric.css")?;
        let plain = tab.text().into_owned();
        let asset = |name: &str| {
            let (_, rest) = plain.split_once(&format!("\"/assets/{name}")).ok_or(format!("no {name} in the page"))?;
            Ok::<_, String>(format!("/assets/{name}{}", rest.split('"').next().unwrap_or_default()))
        };
        let (style, script) = (asset("daric.css")?, asset("daric.js")?);
        Ok(Weight {
            page,
            next,
            style: weight_of(&mut tab, &style).await?.0,
            script: weight_of(&mut tab, &script).await?.0,
            icon: weight_of(&mut tab, "/assets/favicon.svg").await?.0,
            font: weight_of(&mut tab, "/assets/vazirmatn.woff2").await?.0,
            first_byte,
            body: html,
        })
    };
    generator::drive(driver, weighing).await
}

/// The size of a reply with its head, and of its body alone, in bytes.
async fn weight_of(tab: &mut Tab, path: &str) -> Result<(usize, usize)> {
    let request = tab.request(Method::GET, path).header(ACCEPT_ENCODING, "gzip").body(Full::default())?;
    let response = tab.connection.fetch(request).await?;
    if response.status() != StatusCode::OK {
        return Err(format!("GET {path}: HTTP {}", response.status()).into());
    }
    let head: usize = response.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let body = tab.connection.reply.len();
    Ok(("HTTP/1.1 200 OK\r\n\r\n".len() + head + body, body))
}

fn link(unique: &str) -> String {
    format!("/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber={unique}&redirectUri=http%3A%2F%2F127.0.0.1%2F")
}

async fn one_round(
    address: SocketAddr,
    target: Target,
    cookies: &Arc<Vec<String>>,
    mut links: Vec<String>,
    weight: &Weight,
) -> Result<Figures> {
    let share = links.len().div_ceil(pod::CONNECTIONS);
    let mut open = Vec::new();
    for number in 0..pod::CONNECTIONS {
        let (connection, driver) = Connection::open(address).await?;
        let own = links.split_off(links.len().saturating_sub(share));
        let tab = Tab { connection, address, cookies: cookies[number % cookies.len()].clone() };
        open.push((tab, driver, own));
    }
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for (tab, driver, own) in open {
        tasks.spawn(generator::drive(driver, pay(tab, target, own, weight.body)));
    }
    let mut total = Figures::new()?;
    while let Some(figures) = tasks.join_next().await {
        total.add(&figures??)?;
    }
    total.elapsed = started.elapsed();
    Ok(total)
}

/// Pays one connection's share of invoices: the link, the page, the form, the receipt.
async fn pay(mut tab: Tab, target: Target, links: Vec<String>, body: usize) -> Result<Figures> {
    let mut figures = Figures::new()?;
    for unique in links {
        let started = Instant::now();
        let (mut page, mut csrf) = (format!("/page/{body}"), String::new());
        let came = tab.get(&if target == Target::Daric { link(&unique) } else { page.clone() }).await?;
        if target == Target::Daric {
            page = location(&came)?;
        }
        let shown = tab.get(&page).await?;
        expect(StatusCode::OK, &shown, &tab, "")?;
        if target == Target::Daric {
            csrf = token(&tab.text())?;
        }
        figures.first.saturating_record(started.elapsed().as_micros() as u64);
        let started = Instant::now();
        let to = if target == Target::Daric { format!("{page}/wallet") } else { page.clone() };
        let sent = tab.post(&to, format!("csrf={csrf}")).await?;
        if target == Target::Daric {
            let to = location(&sent)?;
            let receipt = tab.get(&to).await?;
            expect(StatusCode::OK, &receipt, &tab, "paid=true")?;
        } else {
            tab.get(&page).await?;
        }
        figures.second.saturating_record(started.elapsed().as_micros() as u64);
        figures.pairs += 1;
    }
    Ok(figures)
}
