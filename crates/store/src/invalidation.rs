//! The rows that processes cache and that a commit changes, and how the other processes learn of them.
//!
//! [`invalidations`] destructures a view by the names of all its tables: a new table does not compile before it is stated here whether it is cached.

use std::hash::Hash;

use payments::{ClientId, Digest, GrantId, PartyId, Rows, SsoConsentKey, SsoFamilyId, View};
use schema::{Coded, codes};

/// A cached row or setting that is outdated.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Invalidation {
    /// Everything: the changes are unknown, or too many.
    All,
    /// An access token.
    AccessToken(Digest),
    /// A grant, and so the rights of its access tokens.
    Grant(GrantId),
    /// A client, and so the rights of its access tokens.
    Client(ClientId),
    /// A token of a party.
    ApiToken(Digest),
    /// The tokens that originate in one log-in.
    SsoFamily(SsoFamilyId),
    /// A user's consent for a client, and so the tokens that rest on it.
    SsoConsent(SsoConsentKey),
    /// A party, and so its tokens and those that were granted to it.
    Party(PartyId),
    /// The look of a shop, or that it has one.
    Look(PartyId),
    /// Deposits.
    Deposits,
    /// The clock.
    Clock,
    /// The day close.
    DayClose,
}

/// How many changes of one commit are listed at most: the commands of a batch change a few rows each. More become [`Invalidation::All`].
const MOST: usize = 2_048;

/// The cached rows that a commit of this view changes.
pub fn invalidations(view: &View) -> Vec<Invalidation> {
    let View {
        books: _,
        ids: _,
        found: _,
        alarms: _,
        contradiction: _,
        savepoints: _,
        clients,
        deposits,
        grants,
        access_tokens,
        sso_consents,
        sso_families,
        parties,
        shop_looks,
        api_tokens,
        clock,
        day_closes,
        // The rows below are read when they are needed, and not cached.
        refresh_tokens: _,
        orders: _,
        bank_days: _,
        grant_months: _,
        jobs: _,
        job_failures: _,
        submissions: _,
        card_attempts: _,
        cycles: _,
        cards: _,
        bank_users: _,
        consents: _,
        auth_codes: _,
        charge_totals: _,
        terminals: _,
        payer_cards: _,
        phone_orders: _,
        otp_requests: _,
        otps: _,
        messages: _,
        callback_attempts: _,
        handles: _,
        shop_logos: _,
        credit_books: _,
        invoices: _,
        bills: _,
        words: _,
        serials: _,
        card_receivables: _,
        pay_codes: _,
        code_counts: _,
        pay_links: _,
        pos_terminals: _,
        pos_transactions: _,
        unique_ids: _,
        used_otts: _,
        gateway_sessions: _,
        vouchers: _,
        browser_sessions: _,
        log_in_tries: _,
        log_in_codes: _,
        sso_codes: _,
        sso_refreshes: _,
        operators: _,
        second_factors: _,
        operator_tokens: _,
        money_days: _,
        saved_filters: _,
        known_addresses: _,
        audit_lines: _,
        proposals: _,
        released: _,
        seals: _,
        alerts: _,
    } = view;
    let mut found: Vec<Invalidation> = Vec::new();
    found.extend(replaced(clients).map(|id| Invalidation::Client(id.clone())));
    found.extend(replaced(grants).map(|id| Invalidation::Grant(*id)));
    found.extend(replaced(access_tokens).map(|hash| Invalidation::AccessToken(*hash)));
    found.extend(replaced(api_tokens).map(|hash| Invalidation::ApiToken(*hash)));
    found.extend(replaced(parties).map(|id| Invalidation::Party(*id)));
    // That a shop has no look is cached as well, so a new row counts.
    found.extend(shop_looks.changed().map(|(id, _)| id).chain(shop_looks.removed()).map(|id| Invalidation::Look(*id)));
    // A consent that was withdrawn and given again in one commit has another number.
    found.extend(replaced(sso_consents).map(|key| Invalidation::SsoConsent(*key)));
    // Each refresh writes its family again with the same grant: the tokens end only when the row is removed.
    found.extend(sso_families.removed().map(|id| Invalidation::SsoFamily(*id)));
    let settings = [
        (replaced(deposits).next().is_some(), Invalidation::Deposits),
        (!clock.is_unchanged(), Invalidation::Clock),
        (!day_closes.is_unchanged(), Invalidation::DayClose),
    ];
    found.extend(settings.into_iter().filter_map(|(changed, what)| changed.then_some(what)));
    if found.len() > MOST { vec![Invalidation::All] } else { found }
}

/// The keys of rows that the commit changes or removes.
fn replaced<K: Hash + Eq + Clone, R>(rows: &Rows<K, R>) -> impl Iterator<Item = &K> {
    rows.updated().map(|(key, _)| key).chain(rows.removed())
}

impl Invalidation {
    /// Whether this is among changes.
    pub fn is_in(&self, what: &[Self]) -> bool {
        what.iter().any(|one| *one == Self::All || one == self)
    }

    /// Kind and subject, as columns of a row.
    pub(crate) fn row(&self) -> (i64, Vec<u8>) {
        let (code, subject) = match self {
            Self::All => (InvalidationCode::All, Vec::new()),
            Self::AccessToken(hash) => (InvalidationCode::AccessToken, hash.0.to_vec()),
            Self::Client(id) => (InvalidationCode::Client, id.0.as_bytes().to_vec()),
            Self::ApiToken(hash) => (InvalidationCode::ApiToken, hash.0.to_vec()),
            Self::Party(id) => (InvalidationCode::Party, id.0.to_be_bytes().to_vec()),
            Self::Look(id) => (InvalidationCode::Look, id.0.to_be_bytes().to_vec()),
            Self::Deposits => (InvalidationCode::Deposits, Vec::new()),
            Self::Clock => (InvalidationCode::Clock, Vec::new()),
            Self::DayClose => (InvalidationCode::DayClose, Vec::new()),
            Self::Grant(id) => (InvalidationCode::Grant, id.0.to_be_bytes().to_vec()),
            Self::SsoFamily(id) => (InvalidationCode::SsoFamily, id.0.to_be_bytes().to_vec()),
            Self::SsoConsent(key) => {
                (InvalidationCode::SsoConsent, [key.party.0.to_be_bytes(), key.client.0.to_be_bytes()].concat())
            }
        };
        (code.code(), subject)
    }

    /// The change that a row stands for; a row of an unknown kind stands for everything.
    pub(crate) fn of_row(kind: i64, subject: &[u8]) -> Self {
        let digest = || subject.try_into().ok().map(Digest);
        let number = || subject.try_into().ok().map(i64::from_be_bytes);
        let alone = |what| subject.is_empty().then_some(what);
        // Another process may be of a later version.
        let Ok(code) = InvalidationCode::of_code(kind) else { return Self::All };
        let read = match code {
            InvalidationCode::All => None,
            InvalidationCode::AccessToken => digest().map(Self::AccessToken),
            InvalidationCode::Client => std::str::from_utf8(subject).ok().map(|id| Self::Client(ClientId::from(id))),
            InvalidationCode::ApiToken => digest().map(Self::ApiToken),
            InvalidationCode::Party => number().map(|id| Self::Party(PartyId(id))),
            InvalidationCode::Look => number().map(|id| Self::Look(PartyId(id))),
            InvalidationCode::Deposits => alone(Self::Deposits),
            InvalidationCode::Clock => alone(Self::Clock),
            InvalidationCode::DayClose => alone(Self::DayClose),
            InvalidationCode::Grant => number().map(|id| Self::Grant(GrantId(id))),
            InvalidationCode::SsoFamily => number().map(|id| Self::SsoFamily(SsoFamilyId(id))),
            InvalidationCode::SsoConsent => consent_key(subject).map(Self::SsoConsent),
        };
        read.unwrap_or(Self::All)
    }
}

codes! {
    /// The kind of an [`Invalidation`].
    enum InvalidationCode = "invalidation" {
        0 => All, 1 => AccessToken, 2 => Client, 3 => ApiToken, 4 => Party, 5 => Deposits, 6 => Clock, 7 => DayClose,
        8 => Grant, 9 => SsoFamily, 10 => SsoConsent, 11 => Look,
    }
}

fn consent_key(both: &[u8]) -> Option<SsoConsentKey> {
    let (party, client) = both.split_at_checked(8)?;
    let number = |bytes: &[u8]| bytes.try_into().ok().map(|id| PartyId(i64::from_be_bytes(id)));
    Some(SsoConsentKey { party: number(party)?, client: number(client)? })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ledger::{AccountId, Rial};
    use payments::{
        AccessToken, ApiToken, Bank, ChargeLimits, Client, ClockMode, DayClose, Deposit, DepositKey, Grant, GrantKind,
        Ids, Party, PartyKind, Scopes, ShopLook, SsoConsent, SsoConsentId, SsoFamily, SsoGrant,
    };

    use super::*;

    #[test]
    fn a_row_says_what_was_written_and_one_that_is_not_known_says_everything() {
        let key = SsoConsentKey { party: PartyId(7), client: PartyId(-1) };
        for invalidation in [
            Invalidation::All,
            Invalidation::AccessToken(Digest([7; 32])),
            Invalidation::Grant(GrantId(i64::MAX)),
            Invalidation::Client(ClientId::from("drops")),
            Invalidation::ApiToken(Digest([8; 32])),
            Invalidation::SsoFamily(SsoFamilyId(9)),
            Invalidation::SsoConsent(key),
            Invalidation::Party(PartyId(-3)),
            Invalidation::Look(PartyId(-3)),
            Invalidation::Deposits,
            Invalidation::Clock,
            Invalidation::DayClose,
        ] {
            let (kind, subject) = invalidation.row();
            assert_eq!(Invalidation::of_row(kind, &subject), invalidation);
            // A subject that is too short or too long is invalid.
            let longer = [&subject[..], &[0xff]].concat();
            for other in [&longer[..], &subject[..subject.len().saturating_sub(1)]] {
                if other != subject && kind != 2 {
                    assert_eq!(Invalidation::of_row(kind, other), Invalidation::All, "{invalidation:?}");
                }
            }
        }
        assert_eq!(Invalidation::of_row(99, b""), Invalidation::All);
        assert_eq!(Invalidation::of_row(2, b"\xff"), Invalidation::All);
    }

    /// The changes for a row that is only read, inserted, updated, removed, and removed and written again.
    fn invalidated<K: Hash + Eq + Clone, R: Clone>(
        rows: fn(&mut View) -> &mut Rows<K, R>,
        key: &K,
        row: &R,
    ) -> [Vec<Invalidation>; 5] {
        let of = |found: bool, change: &dyn Fn(&mut Rows<K, R>)| {
            let mut view = View::new(Ids::from(1));
            rows(&mut view).load(key.clone(), found.then(|| Arc::new(row.clone())));
            change(rows(&mut view));
            invalidations(&view)
        };
        let put = |rows: &mut Rows<K, R>| rows.put(key.clone(), row.clone());
        let remove = |rows: &mut Rows<K, R>| rows.remove(key.clone());
        [
            of(true, &|_| {}),
            of(false, &put),
            of(true, &put),
            of(true, &remove),
            of(true, &|rows| {
                remove(rows);
                put(rows);
            }),
        ]
    }

    /// A new row changes no rights; one that is updated or removed does.
    fn check<K: Hash + Eq + Clone, R: Clone>(
        rows: fn(&mut View) -> &mut Rows<K, R>,
        key: K,
        row: R,
        what: &Invalidation,
    ) {
        let one = || vec![what.clone()];
        assert_eq!(invalidated(rows, &key, &row), [vec![], vec![], one(), one(), one()], "{what:?}");
    }

    // second-edition.md 4.3.
    #[test]
    fn each_row_that_rights_rest_on_is_told_of_when_it_changes_or_goes() {
        let (drops, hash, ali, shop) = (ClientId::from("drops"), Digest([1; 32]), PartyId(101), PartyId(201));
        let client = Client {
            id: drops.clone(),
            secret: hash,
            caller_nids: Vec::new(),
            redirect_origin: String::new(),
            scopes: Vec::new(),
            max_amount: Rial::ZERO,
            max_count: 0,
            float: None,
            charge_limits: ChargeLimits::default(),
            disabled: true,
        };
        check(|view| &mut view.clients, drops.clone(), client, &Invalidation::Client(drops.clone()));
        let grant = Grant {
            id: GrantId(3),
            client: drops,
            kind: GrantKind::Code,
            user: String::new(),
            bank: None,
            scopes: Vec::new(),
            deposits: Vec::new(),
            deposit_numbers: Vec::new(),
            max_amount: Rial::ZERO,
            monthly_count: 0,
            life_ms: 1,
            ended_at_ms: Some(2),
            forgotten_at_ms: None,
        };
        check(|view| &mut view.grants, grant.id, grant, &Invalidation::Grant(GrantId(3)));
        let token = AccessToken { hash, grant: GrantId(3), refresh: hash, created_at_ms: 1, revoked_at_ms: Some(2) };
        check(|view| &mut view.access_tokens, hash, token, &Invalidation::AccessToken(hash));
        let token =
            ApiToken { hash, party: ali, created_at_ms: 1, ends_at_ms: None, client: None, family: None, scopes: None };
        check(|view| &mut view.api_tokens, hash, token, &Invalidation::ApiToken(hash));
        let party = Party {
            id: ali,
            kind: PartyKind::User,
            name: "ali".into(),
            password: String::new(),
            mobile: "".into(),
            mobile_verified: false,
            joined_at_ms: 1,
            disabled: true,
            access_version: 1,
        };
        check(|view| &mut view.parties, ali, party, &Invalidation::Party(ali));
        let key = SsoConsentKey { party: ali, client: shop };
        let consent = SsoConsent { key, id: SsoConsentId(5), scopes: Scopes::default(), at_ms: 1, standing: None };
        check(|view| &mut view.sso_consents, key, consent, &Invalidation::SsoConsent(key));
        let key = DepositKey::new(Bank::AYANDEH, "0302876214008");
        let deposit = Deposit {
            id: AccountId(5),
            key: key.clone(),
            number: "0302876214008".into(),
            owner: String::new(),
            first_name: "".into(),
            last_name: "".into(),
            account_type: "010".into(),
            approved_for: Vec::new(),
        };
        check(|view| &mut view.deposits, key, deposit, &Invalidation::Deposits);
        // Each refresh writes a family again, and its tokens stay valid.
        let grant = SsoGrant {
            client: shop,
            party: ali,
            scopes: Scopes::default(),
            consent: SsoConsentId(5),
            access_version: 1,
        };
        let (id, gone) = (SsoFamilyId(9), vec![Invalidation::SsoFamily(SsoFamilyId(9))]);
        let family = SsoFamily { id, grant, ends_at_ms: 1 };
        assert_eq!(invalidated(|view| &mut view.sso_families, &id, &family), [vec![], vec![], vec![], gone, vec![]]);
        // Looks and settings count from the first time on.
        let look = || vec![Invalidation::Look(shop)];
        let of_look = invalidated(|view| &mut view.shop_looks, &shop, &ShopLook::plain(shop));
        assert_eq!(of_look, [vec![], look(), look(), look(), look()]);
        let clock = || vec![Invalidation::Clock];
        let of_clock = invalidated(|view| &mut view.clock, &(), &ClockMode::System);
        assert_eq!(of_clock, [vec![], clock(), clock(), clock(), clock()]);
        let day = || vec![Invalidation::DayClose];
        let of_day = invalidated(|view| &mut view.day_closes, &(), &DayClose { on: true });
        assert_eq!(of_day, [vec![], day(), day(), day(), day()]);
    }

    #[test]
    fn a_commit_that_changes_more_than_it_can_tell_says_everything() {
        let mut view = View::new(Ids::from(1));
        for id in 1..=MOST as i64 + 1 {
            let key = SsoConsentKey { party: PartyId(id), client: PartyId(1) };
            let consent = SsoConsent { key, id: SsoConsentId(id), scopes: Scopes::default(), at_ms: 1, standing: None };
            view.sso_consents.load(key, Some(Arc::new(consent)));
            if id > 1 {
                view.sso_consents.remove(key);
            }
        }
        assert_eq!(invalidations(&view).len(), MOST);
        view.sso_consents.remove(SsoConsentKey { party: PartyId(1), client: PartyId(1) });
        assert_eq!(invalidations(&view), [Invalidation::All]);
    }
}
