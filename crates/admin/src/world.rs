//! Many objects at once: a world file at the start of a sandbox, and `POST /admin/v1/world`.
//!
//! Shape: a list for each kind of object, whose entries have the fields of the calls that make one. Entries may name objects of other entries; the order
//! of the lists in the file is of no meaning.
//! Absent: changes of objects that exist. An entry whose object exists is refused, and with it all others.

use axum::Json;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::{World, WorldRefusal};
use payments::{
    AddPosTerminal, AuditEntry, Command, IssueApiToken, PartyId, RegisterClient, RegisterUser, Text, WriteAuditLine,
};
use serde::{Deserialize, Serialize};
use text::number::MAX_AMOUNT;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::cards::{self, CardForm};
use super::clients::{self, ClientForm};
use super::deposits::{self, DepositForm};
use super::operator_context::OperatorContext;
use super::parties::{self, CreditForm, MoneyForm, PartyForm, PosTerminalForm, VoucherForm};
use super::payer_cards::{self, PayerCardForm};
use super::provision::Provision;
use super::reply::{PartyNumber, Problem, broken, json};
use super::secret;
use super::terminals::{self, TerminalForm};
use super::users::{self, UserForm};
use crate::App;

/// The routes of this subject.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(add))
}

/// Objects of a sandbox. Each list may be left out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct WorldForm {
    /// Finnotech's clients, as `POST /admin/v1/clients`.
    #[serde(default)]
    clients: Vec<ClientForm>,
    /// As `POST /admin/v1/deposits`.
    #[serde(default)]
    deposits: Vec<DepositForm>,
    /// Cards that are charged, as `POST /admin/v1/cards`; a card comes after the card that replaces it.
    #[serde(default)]
    cards: Vec<CardForm>,
    /// Users of Finnotech's consent page, as `POST /admin/v1/users`.
    #[serde(default)]
    bank_users: Vec<UserForm>,
    /// PayStar's terminals, as `POST /admin/v1/terminals`.
    #[serde(default)]
    terminals: Vec<TerminalForm>,
    /// Cards that pay, as `POST /admin/v1/payer-cards`.
    #[serde(default)]
    payer_cards: Vec<PayerCardForm>,
    /// POD's users and businesses, as `POST /admin/v1/parties`.
    #[serde(default)]
    parties: Vec<PartyForm>,
    /// Tokens to call POD's services with.
    #[serde(default)]
    tokens: Vec<TokenEntry>,
    /// Money in wallets, as `POST /admin/v1/parties/{party}/money`.
    #[serde(default)]
    money: Vec<MoneyEntry>,
    /// Credit that parties give, as `POST /admin/v1/parties/{party}/credits`.
    #[serde(default)]
    credits: Vec<CreditEntry>,
    /// Vouchers of businesses, as `POST /admin/v1/parties/{party}/vouchers`.
    #[serde(default)]
    vouchers: Vec<VoucherEntry>,
    /// Terminals of shops, as `PUT /admin/v1/pos/terminals`.
    #[serde(default)]
    pos_terminals: Vec<PosTerminalForm>,
}

/// A token that is chosen: tests can be written with it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct TokenEntry {
    /// Whose it is.
    #[schema(value_type = i64)]
    party: PartyNumber,
    /// 1 to 128 characters; only its keyed hash is kept.
    #[schema(min_length = 1, max_length = 128)]
    token: String,
    /// How long it is good, in seconds; left out: until it is revoked.
    #[schema(minimum = 1)]
    life_seconds: Option<i64>,
}

/// Money in a wallet.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoneyEntry {
    /// Whose wallet.
    #[schema(value_type = i64)]
    party: PartyNumber,
    /// In rials.
    #[schema(minimum = 1)]
    amount: i64,
}

/// Credit that a party gives.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditEntry {
    /// Who gives it.
    #[schema(value_type = i64)]
    party: PartyNumber,
    /// Who may spend it.
    #[schema(value_type = i64)]
    holder: PartyNumber,
    /// What names it in calls, as `delegationHash`: one of the holder's.
    hash: String,
    /// How much, in rials.
    #[schema(minimum = 1)]
    limit: i64,
}

/// A voucher of a business.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoucherEntry {
    /// The business.
    #[schema(value_type = i64)]
    party: PartyNumber,
    /// What payers type: 1 to 40 characters, one of the business's.
    code: String,
    /// Rials that it takes off at most.
    #[schema(minimum = 1)]
    value: i64,
}

/// What was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorldBody {
    /// How many entries: each of them was done.
    entries: usize,
}

/// Sandbox: makes many objects in one commit. If one entry is refused, nothing is made. The body is at most 64 KiB.
#[utoipa::path(post, path = "/admin/v1/world", request_body = WorldForm, responses((status = 201, body = WorldBody), (status = 400, body = Problem), (status = 409, body = Problem)))]
pub async fn add(app: OperatorContext, request: Request) -> Result<Response, Response> {
    let form: WorldForm = json(request).await?;
    let (mut world, entries) = form.world(app.provision()).await?;
    let entry = AuditEntry::new("world", "", &format!("{entries} entries"));
    world.add(WriteAuditLine { by: Text::clone(app.by()), entry });
    match app.engine.extend(world).await {
        Ok(()) => Ok((StatusCode::CREATED, Json(WorldBody { entries })).into_response()),
        Err(engine::Error::World(WorldRefusal { entry, why })) => Err(Problem::named_conflict(entry, why).response()),
        Err(error) => Err(broken(&error)),
    }
}

/// The commands of a world, each with the entry that it comes from.
#[derive(Default)]
struct Entries {
    world: World,
    count: usize,
}

impl Entries {
    /// Adds the commands of one list.
    fn list<F, C>(&mut self, list: &str, forms: Vec<F>, make: impl Fn(F) -> Result<C, Problem>) -> Result<(), Response>
    where
        C: Command<Refusal: Into<Problem>>,
    {
        for (place, form) in forms.into_iter().enumerate() {
            let entry = named(list, place);
            let command = make(form).map_err(|problem| problem.at_entry(&entry).response())?;
            self.add(entry, command);
        }
        Ok(())
    }

    fn add<C: Command<Refusal: Into<Problem>>>(&mut self, entry: String, command: C) {
        self.count += 1;
        self.world.add_entry(entry, command, |entry, refusal| {
            let (entry, why) = refusal.into().of_opening().in_entry(entry);
            WorldRefusal { entry, why }
        });
    }
}

/// The name of an entry, with which the names of its fields begin.
fn named(list: &str, place: usize) -> String {
    format!("{list}[{place}]")
}

/// A refusal of a single call, as one of an entry.
fn at(entry: &str, response: Response) -> Response {
    match response.extensions().get::<Problem>() {
        Some(problem) => problem.clone().at_entry(entry).response(),
        None => response,
    }
}

impl WorldForm {
    /// The commands that make all objects, and their number.
    ///
    /// # Errors
    /// An entry is not valid; the reply names it and its field.
    pub async fn world(self, provision: Provision<'_>) -> Result<(World, usize), Response> {
        let mut all = Entries::default();
        all.list("clients", self.clients, |form| {
            Ok(RegisterClient { client: clients::check(provision, form)?, replace: false })
        })?;
        all.list("deposits", self.deposits, deposits::check)?;
        all.list("cards", self.cards, |form| cards::check(provision, form))?;
        for (place, form) in self.bank_users.into_iter().enumerate() {
            let entry = named("bankUsers", place);
            let user = users::hashed(provision, form).await.map_err(|response| at(&entry, response))?;
            all.add(entry, RegisterUser { user, replace: false });
        }
        all.list("terminals", self.terminals, terminals::fresh)?;
        all.list("payerCards", self.payer_cards, |form| Ok(payer_cards::check(provision, form)?.0))?;
        for (place, form) in self.parties.into_iter().enumerate() {
            let entry = named("parties", place);
            let command = parties::registered(provision, form).await.map_err(|response| at(&entry, response))?;
            all.add(entry, command);
        }
        all.list("tokens", self.tokens, |form| form.command(provision))?;
        all.list("money", self.money, |MoneyEntry { party, amount }| {
            parties::money(party.named("party")?, &MoneyForm { amount })
        })?;
        all.list("credits", self.credits, |CreditEntry { party, holder, hash, limit }| {
            parties::credit(party.named("party")?, &CreditForm { holder, hash, limit })
        })?;
        all.list("vouchers", self.vouchers, |VoucherEntry { party, code, value }| {
            parties::voucher(provision, party.named("party")?, &VoucherForm { code, value })
        })?;
        all.list("posTerminals", self.pos_terminals, |form| {
            Ok(AddPosTerminal { terminal: parties::terminal_of(&form)?.terminal })
        })?;
        Ok((all.world, all.count))
    }
}

impl WorldForm {
    /// The commands of a world file.
    ///
    /// # Errors
    /// An entry is not valid: its name, its field and what is wanted.
    pub async fn in_file(self, provision: Provision<'_>) -> Result<World, String> {
        let made = self.world(provision).await;
        made.map(|(world, _)| world).map_err(|response| match response.extensions().get::<Problem>() {
            Some(problem) => {
                let (field, message) = problem.clone().in_entry("");
                format!("{field}: {message}")
            }
            None => "a password could not be hashed".to_owned(),
        })
    }
}

impl TokenEntry {
    fn command(&self, provision: Provision<'_>) -> Result<IssueApiToken, Problem> {
        let party: PartyId = self.party.named("party")?;
        secret::check(provision, "token", &self.token, &secret::API_KEY)?;
        if self.life_seconds.is_some_and(|seconds| !(1..=MAX_AMOUNT).contains(&seconds)) {
            return Err(Problem::invalid("lifeSeconds", "1 or more"));
        }
        let life_ms = self.life_seconds.map(|seconds| seconds.saturating_mul(1_000));
        Ok(IssueApiToken { hash: provision.secrets.hash(&self.token), party, life_ms })
    }
}
