//! `daric serve`: opens the store, starts the engine, listens, and shuts down gracefully.

use std::error::Error;
use std::io::{IsTerminal as _, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use admin::refusals::Refusals;
use admin::token_uses::TokenUses;
use admin::{FirstWorld, Provision, PublicSecrets};
use axum::Router;
use axum::http::HeaderMap;
use edge::budget::Budgets;
use edge::connections::Connections;
use edge::key_ring::{KeyRing, SealContext};
use edge::large::LargeReplies;
use edge::long_poll::LongPolls;
use edge::origins::Origins;
use edge::payer_card_settings::PayerCardSettings;
use edge::rate_limiter::{CONSENTS_PER_MINUTE, RateLimiter};
use edge::request_log::RequestLog;
use edge::secrets::{Secrets, sign_with};
use edge::{Edge, Mode, Reset};
use engine::{Engine, Fill, MachineTime};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use payments::{AlertSender, BillSource, Callback, CallbackSender, CardNetwork, PaymentNetwork, SmsSender};
use paystar::telephone::{self, TelephoneSettings};
use pod::gateway::Entries;
use pod::services::PodState;
use rails::{Answers, DnsResolver, HttpCallbacks, NoClient, Reach, SecurityCode};
use rustls::ServerConfig;
use sandbox::{Faults, SandboxCallbacks, SandboxCardNetwork, SandboxNetwork};
use store::{Origin, Purpose};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;
use tracing::{error, info, warn};

use crate::listen::{ADMIN_CONNECTIONS, Limits, Proxies, Share};
use crate::routes::{self, AdminPaths, Apps};
use crate::settings::{Agi, AlertWebhook, Settings, Sms, Tls, WorldFile};
use crate::sockets::{Passed, Socket, Sockets};
use crate::start::{self, AdminPort, OperatorToken, Start, banner, reachable};
use crate::{demo, hardening, listen, logging, service_manager, trace_export, verify};

/// Histogram bucket bounds for durations, in seconds.
const SECONDS: [f64; 10] = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.0];
/// Histogram bucket bounds for batch sizes.
const COMMANDS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 512.0];
/// Number of blocking threads: a few more than a store's readers have connections. Each thread keeps its own memory.
const BLOCKING: usize = 8;
/// How long a process whose store has failed still writes replies.
const LAST_REPLIES: Duration = Duration::from_millis(100);
/// How long shutdown waits for requests whose callers have disconnected.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);
/// Free bytes for the store below which the log warns: a busy server writes that much in minutes.
pub const SPACE_LOW: u64 = 1 << 30;
/// Interval of the check for free space.
const SPACE_LOOK: Duration = Duration::from_secs(60);
/// Interval of the metrics' upkeep; until then each measurement takes memory.
const UPKEEP: Duration = Duration::from_secs(1);

pub fn serve(settings: Settings) -> Result<ExitCode, Box<dyn Error>> {
    let passed = Passed::take()?;
    let log = logging::start(settings.log)?;
    if let Err(error) = hardening::no_core_dumps() {
        warn!(%error, "core dumps cannot be switched off: keys may get into one");
    }
    // Reasons to refuse the start are checked before the store is opened, because opening changes its files.
    let sockets = Sockets::bind(passed, &settings)?;
    let keys = settings.keys.fingerprints();
    store::admit(&settings.store, purpose(settings.mode), &keys, settings.accept_loss)?;
    let mut store =
        if settings.accept_loss { store::open_accepting_loss(&settings.store)? } else { store::open(&settings.store)? };
    for loss in store.0.accepted_losses() {
        let accepted = verify::instant(loss.at_ms);
        warn!(%accepted, found = loss.what, "a loss was accepted; remove the file accepted-loss when it has been dealt with");
    }
    let secrets = Arc::new(own_secrets(settings.keys.clone(), settings.mode, &settings.operator_token, &mut store.0)?);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.enable_all().max_blocking_threads(BLOCKING).build()?;
    let ended = runtime.block_on(run(settings, sockets, secrets, store))?;
    if let Ended::Failed = ended {
        // Exit at once: this process must not touch the store any more, and dropping a runtime waits for its threads.
        drop(log);
        std::process::exit(1);
    }
    Ok(ExitCode::SUCCESS)
}

/// The purpose of a store that is served in a mode.
pub fn purpose(mode: Mode) -> Purpose {
    match mode {
        Mode::Sandbox => Purpose::Sandbox,
        Mode::Production => Purpose::Production,
    }
}

/// The secrets of a store; a new store gets its own key here.
fn own_secrets(
    ring: KeyRing,
    mode: Mode,
    operator_token: &str,
    store: &mut store::Writer,
) -> Result<Secrets, Box<dyn Error>> {
    let origin = claim(&ring, purpose(mode), store)?;
    if !ring.fingerprints().starts_with(&[origin.key]) {
        warn!("this store was sealed with an older key: `daric rekey` seals it anew with the current one");
    }
    let secrets = Secrets::of_store(ring, &origin.data_key, &origin.key, operator_token)?;
    let sealed = store.seal_vouchers(&|issuer, code| secrets.seal_voucher(issuer, code).map_err(|error| error.0))?;
    if sealed > 0 {
        info!(sealed, "codes of vouchers that an earlier version had stored in clear are sealed now");
    }
    Ok(secrets)
}

/// The origin of a store, which is written into a new one. Before a value is sealed with another key than the store's, that key is noted in the
/// origin: from then on both keys are needed, until `daric rekey` has sealed everything anew.
pub fn claim(ring: &KeyRing, purpose: Purpose, store: &mut store::Writer) -> Result<Origin, Box<dyn Error>> {
    let keys = ring.fingerprints();
    let [current, ..] = keys[..] else { return Err("there is no key".into()) };
    let fresh = Origin { purpose, key: current, data_key: ring.fresh_data_key()?, sealing: Vec::new() };
    let mut origin = store.claim(fresh, &keys)?;
    if origin.key != current && !origin.sealing.contains(&current) {
        origin.sealing.push(current);
        store.put_origin(&origin)?;
    }
    Ok(origin)
}

/// How serving ended.
enum Ended {
    /// A signal asked it to stop.
    Asked,
    /// The store failed: only opening it anew shows what it contains.
    Failed,
}

async fn run(
    settings: Settings,
    sockets: Sockets,
    secrets: Arc<Secrets>,
    store: (store::Writer, store::Flusher, store::Reader),
) -> Result<Ended, Box<dyn Error>> {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_commands".to_owned()), &COMMANDS)?
        .install_recorder()?;
    edge::metric_help::describe_metrics();
    let flush_failed_s = store.0.flush_failed_at_ms().map_or(0, |at_ms| at_ms / 1_000);
    metrics::gauge!("daric_flush_failed_timestamp_seconds").set(flush_failed_s as f64);
    let accepted_s = store.0.accepted_losses().last().map_or(0, |loss| loss.at_ms / 1_000);
    metrics::gauge!("daric_accepted_loss_timestamp_seconds").set(accepted_s as f64);
    let upkeep = recorder.clone();
    tokio::spawn(async move {
        let mut every = tokio::time::interval(UPKEEP);
        loop {
            every.tick().await;
            upkeep.run_upkeep();
        }
    });
    let world = match settings.mode {
        Mode::Sandbox => first_world(&secrets, settings.world.as_ref()).await?,
        Mode::Production => engine::World::default(),
    };
    let of_file = settings.world.map(|file| {
        let secrets = Arc::clone(&secrets);
        FirstWorld::new(move || {
            let (secrets, file) = (Arc::clone(&secrets), file.clone());
            Box::pin(async move { first_world(&secrets, Some(&file)).await })
        })
    });
    let fill = if settings.demo { Fill::AtStart } else { Fill::AtReset };
    // At this point the store is open, and no other descriptors are.
    let share = Share {
        connections: Limits::default().connections,
        calls: if settings.agi.is_some() { telephone::CALLS } else { 0 },
    };
    let share = listen::share(share);
    let (mode, strict, finnotech, paystar) = (settings.mode, settings.strict, settings.finnotech, settings.paystar);
    let dns = DnsResolver::of(settings.name_servers);
    let traces = trace_export::start(settings.traces, &dns)?;
    let sms = sender(settings.sms, &dns)?;
    let (rules, brings) = (settings.rules, Arc::clone(&sms));
    let admin_rules = rules.clone();
    let faults: Option<Arc<Faults>> = (mode == Mode::Sandbox).then(Arc::default);
    let callbacks: Arc<dyn CallbackSender> = Arc::new(callbacks(&dns, mode, Arc::clone(&secrets))?);
    let callbacks: Arc<dyn CallbackSender> = match &faults {
        Some(faults) => Arc::new(SandboxCallbacks::new(callbacks, Arc::clone(faults))),
        None => callbacks,
    };
    let engine = Engine::start(
        store,
        engine::Settings {
            rules,
            world,
            fill,
            sms: brings,
            callbacks,
            network: network(mode),
            card_network: card_network(mode),
            time: Arc::new(MachineTime),
        },
    )
    .await?;
    let listener = sockets.http.listen();
    let listener = listener
        .map_err(|error| format!("cannot listen on {}: {error}. Choose another address (--listen)", settings.listen))?;
    let admin_listener = sockets.admin.map(Socket::listen).transpose();
    let admin_listener = admin_listener
        .map_err(|error| format!("cannot listen for operators: {error}. Choose another address (--admin-listen)"))?;
    let admin_address = admin_listener.as_ref().map(TcpListener::local_addr).transpose()?;
    let scheme = if settings.tls.is_some() { "https" } else { "http" };
    let (stop, stopping) = watch::channel(false);
    let connections = Arc::new(Connections::default());
    let running = TaskTracker::new();
    let (public_base, own_origin) = settings.links.at(scheme, listener.local_addr()?);
    // On a separate port, the console is reached by another address than the dialects.
    let console_origin = own_origin.clone().filter(|_| admin_address.is_none());
    let dialect_base = reachable(&public_base);
    let operator_base =
        admin_address.map_or_else(|| dialect_base.clone(), |address| reachable(&format!("{scheme}://{address}")));
    let (page, at_a_time) = settings.large_replies;
    let pod = Arc::new(PodState::new(settings.pod)?);
    let edge = Edge::new(edge::Shared {
        engine: engine.clone(),
        running: running.clone(),
        secrets: Arc::clone(&secrets),
        mode,
        strict,
        security: settings.security,
        public_base,
        own_origin,
        budgets: Budgets::new(settings.visits_per_minute),
        large: LargeReplies::new(page, at_a_time),
        origins: Origins::default(),
        connections: Arc::clone(&connections),
        requests: RequestLog::new(settings.requests),
        long_polls: LongPolls::new(stopping.clone()),
        sms,
        payer_card_settings: PayerCardSettings {
            security_codes: Arc::new(rails::HostedSecurityCodes::new(security_codes(mode, Arc::clone(&secrets)))),
            day_close: paystar.day_close,
            otp_limit: paystar.otp_limit,
        },
        dialects: routes::dialects(&finnotech, &pod, &secrets, engine.clock()),
    });
    let public_secrets = match mode {
        Mode::Production => PublicSecrets::new(demo::public_secrets()),
        Mode::Sandbox => PublicSecrets::default(),
    };
    let finnotech = finnotech::App::new(finnotech::Shared {
        edge: edge.clone(),
        settings: finnotech,
        consent_rate_limiter: RateLimiter::new(CONSENTS_PER_MINUTE),
        faults: faults.clone(),
    });
    let paystar = paystar::App::new(paystar::Shared {
        edge: edge.clone(),
        in_flight_payments: Arc::default(),
        otp_rate_limiter: RateLimiter::new(paystar.otps_per_minute),
        faults: faults.clone(),
    });
    let entries = Entries::default();
    let pod = pod::App::new(pod::Shared { edge: edge.clone(), pod, entries, faults: faults.clone() });
    let mut resets: Vec<Arc<dyn Reset>> =
        vec![Arc::new(edge.clone()), Arc::new(finnotech.clone()), Arc::new(paystar.clone()), Arc::new(pod.clone())];
    resets.extend(faults.clone().map(|faults| faults as Arc<dyn Reset>));
    let admin = admin::App::new(admin::Shared {
        edge,
        finnotech: finnotech.clone(),
        public_secrets,
        console_origin,
        files: Arc::new(rails::Ccti),
        demo: if settings.demo { demo::objects() } else { Vec::new() },
        first_world: of_file,
        operator_base,
        dialect_base,
        money_per_day: settings.money_per_day,
        rules: admin_rules,
        faults: faults.clone(),
        alert_limits: settings.alert_limits,
        alert_sender: settings.alert_webhook.map(|webhook| alerts(webhook, &dns)).transpose()?,
        refusals: Refusals::default(),
        token_uses: TokenUses::default(),
        resets,
        metrics: recorder,
    });
    let start = Start {
        edge: admin.edge.clone(),
        admin_port: admin_address.map(|address| AdminPort { scheme, address }),
        token: OperatorToken::of(&settings.operator_token),
        world: if settings.demo { start::World::Demo } else { start::World::Empty },
    };
    let apps = Apps { finnotech, paystar, pod, admin };
    tokio::spawn(watch_space(engine.clone()));
    tokio::spawn(engine.clone().seal_repeatedly());
    tokio::spawn(admin::alerts::watch(apps.admin.clone()));
    let exchange = match (settings.agi, sockets.telephone) {
        (Some(agi), Some(socket)) => Some(exchange(agi, socket, &dns)?),
        _ => None,
    };
    // Before the ready line: its reader may stop the server at once.
    let signals = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()];
    let [terminate, interrupt, hang_up] = signals.map(signal);
    let signals = [terminate?, interrupt?, hang_up?];
    let mut stdout = std::io::stdout();
    writeln!(stdout, "daric is ready on {scheme}://{}", listener.local_addr()?)?;
    if mode == Mode::Sandbox && settings.demo && stdout.is_terminal() {
        let style = banner::Style::of_environment();
        banner::write(&mut stdout, &start.links(&HeaderMap::new()), start.token, style)?;
    }
    stdout.flush()?;
    if let Some(address) = admin_address {
        info!(%address, "the operators' API, the console, metrics and health are served on a separate port");
    }
    service_manager::ready();
    tokio::spawn(service_manager::signs_of_life(engine.clone()));
    let asked_to_stop = stop.subscribe();
    let calls = exchange.map(|(listener, settings)| {
        info!(address = %listener.local_addr().map(|address| address.to_string()).unwrap_or_default(), "accepting telephone calls");
        let mut stopping = stopping;
        let ended = async move {
            // If the sender is gone, the server is stopping as well.
            let _ = stopping.wait_for(|stopping| *stopping).await;
        };
        tokio::spawn(telephone::telephone(listener, apps.paystar.clone(), (Arc::new(settings), share.calls), ended))
    });
    let asked = async {
        stop_asked(signals).await;
        service_manager::stopping();
        if let Some(faults) = &faults {
            faults.stop();
        }
        let _ = stop.send(true);
    };
    let of_operators = if admin_listener.is_some() { ADMIN_CONNECTIONS.min(share.connections / 4) } else { 0 };
    let limits = Limits { connections: share.connections - of_operators, ..Limits::default() };
    let (tls, proxies) = (settings.tls, Arc::new(settings.proxies));
    let tls = tls.map(|Tls { certificate, config }| {
        tokio::spawn(certificate.follow());
        config
    });
    let paths = if admin_listener.is_some() { AdminPaths::OnTheirOwnPort } else { AdminPaths::WithDialects };
    let routers = routes::routers(apps, start, paths, traces.as_ref());
    let served = async {
        let admin_limits = Limits { connections: of_operators.max(1), ..limits };
        let admin_served = serve_operators(
            admin_listener.zip(routers.admin),
            tls.clone(),
            &connections,
            (admin_limits, Arc::clone(&proxies)),
            asked_to_stop,
        );
        let served = listen::serve(listener, tls, routers.dialects, &connections, (limits, proxies), asked);
        tokio::join!(served, admin_served);
        if let Some(calls) = calls {
            // Calls have a grace period of their own.
            let _ = calls.await;
        }
        // Requests whose callers have disconnected.
        running.close();
        if tokio::time::timeout(SHUTDOWN_TIMEOUT, running.wait()).await.is_err() {
            warn!(requests = running.len(), "requests were still running after the grace period");
        }
    };
    tokio::select! {
        () = served => {}
        () = engine.ended() => {
            error!("the store has failed; start again to see what is on the disk");
            // Callers whose outcome is unknown get a reply that says it.
            tokio::time::sleep(LAST_REPLIES).await;
            return Ok(Ended::Failed);
        }
    }
    engine.finish_work().await;
    engine.stop().await;
    if let Some(traces) = traces {
        trace_export::stop(traces).await;
    }
    info!("stopped");
    Ok(Ended::Asked)
}

/// Serves the operators' paths on their own port, if they have one, until a stop is asked for.
async fn serve_operators(
    own_port: Option<(TcpListener, Router)>,
    tls: Option<Arc<ServerConfig>>,
    connections: &Arc<Connections>,
    limits: (Limits, Arc<Proxies>),
    mut stopping: watch::Receiver<bool>,
) {
    let Some((listener, router)) = own_port else { return };
    let asked = async {
        // If the sender is gone, the server is stopping as well.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    };
    listen::serve(listener, tls, router, connections, limits, asked).await;
}

/// The first world of a sandbox: the demo world, and the objects of a world file.
async fn first_world(secrets: &Secrets, file: Option<&WorldFile>) -> Result<engine::World, String> {
    let mut world = demo::world(secrets)?;
    if let Some(file) = file {
        let objects = file.read().map_err(|error| error.to_string())?;
        let public_secrets = PublicSecrets::default();
        let now_ms = jiff::Timestamp::now().as_millisecond();
        let provision = Provision { secrets, public_secrets: &public_secrets, mode: Mode::Sandbox, now_ms };
        world.append(objects.in_file(provision).await?);
    }
    Ok(world)
}

/// The payment networks; in a sandbox, one that follows rules and magic values.
fn network(mode: Mode) -> Arc<dyn PaymentNetwork> {
    match mode {
        Mode::Sandbox => Arc::new(SandboxNetwork),
        Mode::Production => Arc::new(rails::ProductionPaymentNetwork),
    }
}

/// The network of other banks' cards: in production there is none.
fn card_network(mode: Mode) -> Arc<dyn CardNetwork> {
    match mode {
        Mode::Sandbox => Arc::new(SandboxCardNetwork),
        Mode::Production => Arc::new(rails::ProductionCardNetwork),
    }
}

/// Logs a warning repeatedly while free space for the store is low.
async fn watch_space(engine: Engine) {
    let mut every = tokio::time::interval(SPACE_LOOK);
    loop {
        every.tick().await;
        if let Some(free_bytes) = engine.reader().free_bytes().filter(|free| *free < SPACE_LOW) {
            warn!(free_bytes, "the space for the store is running out: writes will be refused when it is full");
        }
    }
}

/// Calls to businesses. In a sandbox they may go to any address, and the beginning of an answer is kept; in production they go to public addresses only,
/// and answers are not kept.
fn callbacks(dns: &DnsResolver, mode: Mode, secrets: Arc<Secrets>) -> Result<HttpCallbacks, Box<dyn Error>> {
    let (reach, answers) = match mode {
        Mode::Sandbox => (Reach::Anywhere, Answers::Kept),
        Mode::Production => (Reach::PublicOnly, Answers::Dropped),
    };
    Ok(HttpCallbacks::new(
        dns,
        reach,
        answers,
        Box::new(move |call: &Callback, secret, text| {
            secrets.sign_text(SealContext::WebhookSecret(&call.business), secret, text)
        }),
    )?)
}

/// The security codes of cards that are hosted here; in a sandbox all cards have the same one.
fn security_codes(mode: Mode, secrets: Arc<Secrets>) -> SecurityCode {
    match mode {
        Mode::Sandbox => Box::new(|_, _| demo::SECURITY_CODE.to_owned()),
        Mode::Production => Box::new(move |number, expires| secrets.security_code(number, expires)),
    }
}

/// The SMS sender of these settings.
fn sender(settings: Sms, dns: &DnsResolver) -> Result<Arc<dyn SmsSender>, Box<dyn Error>> {
    Ok(match settings {
        Sms::Inbox => Arc::new(rails::Inbox::default()),
        Sms::Http(http) => Arc::new(rails::HttpSms::new(*http, dns)?),
        Sms::NoProvider => Arc::new(rails::NoSms),
    })
}

/// Tells operators of alerts.
fn alerts(webhook: AlertWebhook, dns: &DnsResolver) -> Result<Arc<dyn AlertSender>, NoClient> {
    let AlertWebhook { url, secret } = webhook;
    Ok(Arc::new(rails::HttpAlerts::new(url, dns, Box::new(move |text| sign_with(&secret, text)))?))
}

/// The listener and settings of the telephone.
fn exchange(agi: Agi, socket: Socket, dns: &DnsResolver) -> Result<(TcpListener, TelephoneSettings), Box<dyn Error>> {
    let bills = match &agi.order_url {
        Some(url) => {
            let bills = rails::HttpBills::new(url, dns).map_err(|error| format!("[agi] order_url: {error}"))?;
            Some(Arc::new(bills) as Arc<dyn BillSource>)
        }
        None => None,
    };
    let listener = socket.listen();
    let listener = listener.map_err(|error| format!("cannot take calls on {}: {error}", agi.listen))?;
    let Agi { sequence, sounds, hang_up, .. } = agi;
    Ok((listener, TelephoneSettings { sequence, bills, sounds, hang_up }))
}

/// Completes on SIGTERM, SIGINT or SIGHUP.
async fn stop_asked([mut terminate, mut interrupt, mut hang_up]: [Signal; 3]) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = hang_up.recv() => {}
    }
}
