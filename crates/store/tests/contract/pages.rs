//! Rows of the web pages: sessions, vouchers, log-ins, operators.

use ledger::{AccountId, Rial, TransferId};
use payments::{
    AuditId, AuditLine, BrowserSession, CallAddress, CardAttemptId, CardSlip, ClientId, Colour, CreditId, Dependency,
    Digest, GatewaySession, InvoiceId, IssueOperatorToken, Keys, KnownAddress, LogInCode, MoneyDay, Operator,
    OperatorToken, OrderId, OrderKey, OrderRef, Party, PartyId, PartyKind, PhoneOrderId, PhoneOrderKey, Proposal,
    ProposalId, ProposalState, ProposedAction, Provenance, Receipt, RefundAmount, RefundInvoice, RefundPhonePayment,
    RegisterOperator, ReleaseSuspense, Released, ResetFactor, Resolution, ResolveOrder, Role, Scope, SecondFactor,
    SessionState, ShopLogo, ShopLook, SsoCode, SsoConsent, SsoConsentId, SsoConsentKey, SsoFamily, SsoFamilyId,
    SsoGrant, SsoRefresh, StandingPermission, StandingTerms, Text, Tries, Version, Visitor, Voucher, VoucherKey,
    VoucherState,
};
use store::{Page, Proposals, SweepAt};

use crate::test_store::{in_each_store, now};

const SHOP: PartyId = PartyId(201);
const ALI: PartyId = PartyId(101);

/// The key before those of all vouchers of the shop.
fn before_all() -> VoucherKey {
    VoucherKey { issuer: SHOP, code: text("") }
}

const NEWEST: Page = Page { after: i64::MAX, limit: 12 };

fn text(text: &str) -> Text {
    Text::from(text)
}

fn session(number: u8, state: SessionState) -> GatewaySession {
    let odd = number % 2 == 1;
    GatewaySession {
        hash: Digest([number; 32]),
        invoice: InvoiceId(7),
        back: odd.then(|| text("http://h/?a=1")),
        call: (!odd).then(|| CallAddress { address: text("http://h/call"), provenance: Provenance::Business }),
        only: odd.then_some(ALI),
        voucher: odd.then(|| text("بن")),
        holder: odd.then_some(ALI),
        credits: if odd { vec![(CreditId(1), SHOP), (CreditId(2), ALI)] } else { vec![] },
        card_until_ms: odd.then_some(8),
        state,
        ends_at_ms: 9,
    }
}

fn receipt(slip: Option<CardSlip>) -> SessionState {
    let [voucher, credit, rest] = [1, 2, 3].map(Rial::new);
    SessionState::Took(Receipt { at_ms: 10, slip, voucher, credit, rest })
}

/// The rows of the test, which are written twice: the second time over the first.
struct Rows {
    sessions: Vec<GatewaySession>,
    vouchers: Vec<Voucher>,
    browsers: Vec<BrowserSession>,
    tries: Tries,
    codes: Vec<LogInCode>,
    sso_code: SsoCode,
    refresh: SsoRefresh,
    family: SsoFamily,
    consents: Vec<SsoConsent>,
    operators: Vec<Operator>,
    factors: Vec<SecondFactor>,
    tokens: Vec<OperatorToken>,
    money: MoneyDay,
    address: KnownAddress,
    audit: Vec<AuditLine>,
    proposals: Vec<Proposal>,
    released: Released,
    party: Party,
    look: ShopLook,
    logo: ShopLogo,
}

fn token_action(name: &str, operator: Option<&str>) -> ProposedAction {
    let (name, operator) = (text(name), operator.map(text));
    ProposedAction::MakeToken(IssueOperatorToken {
        name,
        hash: Digest([7; 32]),
        role: Role::Viewer,
        operator,
        life_ms: 8,
    })
}

fn rows() -> Rows {
    let slip = CardSlip { terminal: text("1"), mask: text("5*0"), rrn: text("2"), tref: text("3") };
    let voucher = |code: &str, state| Voucher {
        key: VoucherKey { issuer: SHOP, code: text(code) },
        sealed: vec![7; 9],
        value: Rial::new(5),
        state,
    };
    let code =
        |number: u8, hash| LogInCode { mobile: Digest([number; 32]), party: ALI, hash, at_ms: 1, since_ms: 2, sent: 3 };
    let grant = |scopes: &[Scope]| SsoGrant {
        client: SHOP,
        party: ALI,
        scopes: scopes.iter().copied().collect(),
        consent: SsoConsentId(8),
        access_version: 9,
    };
    let operator = |name: &str, role| Operator {
        name: text(name),
        password: "hash".to_owned(),
        role,
        disabled: role == Role::Viewer,
        since_ms: 4,
        depends_on: match role {
            Role::Operator => vec![Dependency { on: text("admin"), at_ms: 7 }],
            Role::Acquirer | Role::Viewer | Role::Admin => Vec::new(),
        },
    };
    let factor = |name: &str, recovery: &[u8]| SecondFactor {
        operator: text(name),
        sealed: vec![0, 255],
        version: i64::MAX,
        last_step: 58,
        recovery: recovery.iter().map(|number| Digest([*number; 32])).collect(),
    };
    let token = |name: &str, revoked_at_ms: Option<i64>| OperatorToken {
        name: text(name),
        hash: Digest([name.len() as u8; 32]),
        role: Role::Operator,
        operator: revoked_at_ms.map(|_| text("one")),
        made_by: vec![text("api:ci"), text("admin")],
        at_ms: 11,
        ends_at_ms: 12,
        revoked_at_ms,
    };
    let line = |id| AuditLine {
        id: AuditId(id),
        at_ms: 5,
        by: text("admin"),
        action: text("disable"),
        subject: text("201"),
        detail: text("چرا"),
    };
    let proposal = |id, action, state| Proposal {
        id: ProposalId(id),
        action,
        by: text("one"),
        reason: text("چون"),
        at_ms: 6,
        state,
        seen: None,
    };
    let about = |seen: &str, proposal| Proposal { seen: Some(Version::sent(seen)), ..proposal };
    let release = ReleaseSuspense { transfer: TransferId(7), amount: Rial::new(8), account: AccountId(9) };
    let key = OrderKey { client: ClientId::from("drops"), track_id: text("t") };
    Rows {
        sessions: vec![
            session(1, SessionState::Open),
            session(2, SessionState::Canceled),
            session(3, receipt(None)),
            session(4, receipt(Some(slip))),
            session(5, SessionState::Paying(CardAttemptId(3))),
        ],
        vouchers: vec![
            voucher("a", VoucherState::Free),
            voucher("b", VoucherState::Reserved(Digest([1; 32]), 11, InvoiceId(8))),
            voucher("c", VoucherState::Used(InvoiceId(7))),
        ],
        browsers: vec![
            BrowserSession {
                hash: Digest([1; 32]),
                visitor: Visitor::Party { id: ALI, access_version: 4 },
                since_ms: 1,
                ends_at_ms: 2,
            },
            BrowserSession {
                hash: Digest([2; 32]),
                visitor: Visitor::Operator { name: text("admin"), password: Digest([3; 32]) },
                since_ms: 1,
                ends_at_ms: i64::MAX,
            },
        ],
        tries: Tries { key: Digest([1; 32]), wrong: 2, locked_until_ms: 3, ends_at_ms: 4 },
        codes: vec![code(1, None), code(2, Some(Digest([3; 32])))],
        sso_code: SsoCode {
            hash: Digest([1; 32]),
            grant: grant(&Scope::ALL),
            redirect_uri: text("http://h/"),
            challenge: Some(text("c")),
            used_by: Some(SsoFamilyId(7)),
            ends_at_ms: 5,
        },
        refresh: SsoRefresh {
            hash: Digest([1; 32]),
            family: SsoFamilyId(7),
            client: SHOP,
            party: ALI,
            used_at_ms: Some(5),
            ends_at_ms: 6,
        },
        family: SsoFamily { id: SsoFamilyId(7), grant: grant(&[Scope::Profile]), ends_at_ms: 6 },
        consents: [SHOP, ALI]
            .map(|client| SsoConsent {
                key: SsoConsentKey { party: ALI, client },
                id: SsoConsentId(8),
                scopes: [Scope::WalletRead, Scope::InvoicePay].into_iter().collect(),
                at_ms: 3,
                standing: (client == SHOP).then_some(StandingPermission {
                    terms: StandingTerms { limit: Rial::new(9), period_ms: 10 },
                    spent: Rial::new(4),
                    since_ms: 11,
                }),
            })
            .to_vec(),
        operators: vec![
            operator("admin", Role::Admin),
            operator("one", Role::Operator),
            operator("two", Role::Viewer),
            operator("zero", Role::Acquirer),
        ],
        factors: vec![factor("admin", &[]), factor("one", &[4, 5])],
        tokens: vec![token("ci", None), token("cron", Some(13))],
        money: MoneyDay { day: 14_050_830, created: Rial::new(i64::MAX) },
        address: KnownAddress { hash: Digest([1; 32]), ends_at_ms: 5 },
        audit: vec![line(1), line(2)],
        proposals: vec![
            proposal(1, ProposedAction::Release(release), ProposalState::Open),
            proposal(
                2,
                ProposedAction::Resolve(ResolveOrder {
                    order: OrderRef::Number(OrderId(3)),
                    resolution: Resolution::Done,
                }),
                ProposalState::Approved(text("two"), 12),
            ),
            proposal(
                3,
                ProposedAction::Resolve(ResolveOrder { order: OrderRef::Key(key), resolution: Resolution::Failed }),
                ProposalState::Rejected(text("one"), 13),
            ),
            about(
                "0a1b",
                proposal(
                    9,
                    ProposedAction::Operator(RegisterOperator {
                        operator: Operator { since_ms: 0, depends_on: Vec::new(), ..operator("three", Role::Operator) },
                        replace: true,
                    }),
                    ProposalState::Rejected(text("one"), 14),
                ),
            ),
            proposal(
                10,
                ProposedAction::ResetFactor(ResetFactor { operator: text("one") }),
                ProposalState::Approved(text("two"), 15),
            ),
            proposal(11, token_action("a", None), ProposalState::Approved(text("two"), 16)),
            proposal(12, token_action("b", Some("one")), ProposalState::Rejected(text("two"), 17)),
            about(
                "0a1b",
                proposal(
                    13,
                    ProposedAction::RefundInvoice(RefundInvoice { invoice: InvoiceId(7), amount: RefundAmount::All }),
                    ProposalState::Rejected(text("two"), 18),
                ),
            ),
            proposal(
                14,
                ProposedAction::RefundPhone(RefundPhonePayment {
                    order: PhoneOrderKey::of(text("t"), "سفارش"),
                    id: PhoneOrderId(9),
                    amount: RefundAmount::Part(Rial::new(500)),
                }),
                ProposalState::Rejected(text("two"), 19),
            ),
        ],
        released: Released { transfer: TransferId(7), by: TransferId(8) },
        party: Party {
            id: ALI,
            kind: PartyKind::User,
            name: text("ali"),
            password: String::new(),
            mobile: text("09120000000"),
            mobile_verified: true,
            joined_at_ms: 1,
            disabled: false,
            access_version: 0,
        },
        look: ShopLook {
            name: Some(text("کتاب‌فروشی Book")),
            site: Some(text("https://shop.example")),
            colour: Some(Colour([255, 0, 7])),
            logo: Some(Digest([9; 32])),
            ..ShopLook::plain(SHOP)
        },
        logo: ShopLogo { business: SHOP, png: vec![0x89, 0, 255] },
    }
}

#[test]
fn rows_of_pages_come_back_as_they_went_in_and_go_when_their_time_is_over() {
    in_each_store("pages", |test_store| {
        let (mut writer, flusher, reader) = test_store.open(50);
        let rows = rows();
        let keys = || Keys {
            gateway_sessions: rows.sessions.iter().map(|row| row.hash).collect(),
            vouchers: rows.vouchers.iter().map(|row| row.key.clone()).collect(),
            browser_sessions: rows.browsers.iter().map(|row| row.hash).collect(),
            log_in_tries: vec![rows.tries.key],
            log_in_codes: rows.codes.iter().map(|row| row.mobile).collect(),
            sso_codes: vec![rows.sso_code.hash],
            sso_refreshes: vec![rows.refresh.hash],
            sso_families: vec![rows.family.id],
            sso_consents: rows.consents.iter().map(|row| row.key).collect(),
            operators: rows.operators.iter().map(|row| row.name.clone()).collect(),
            second_factors: rows.factors.iter().map(|row| row.operator.clone()).collect(),
            operator_tokens: rows.tokens.iter().map(|row| row.name.clone()).collect(),
            money_days: vec![rows.money.day],
            known_addresses: vec![rows.address.hash],
            audit_lines: rows.audit.iter().map(|row| row.id).collect(),
            proposals: rows.proposals.iter().map(|row| row.id).collect(),
            released: vec![rows.released.transfer],
            parties: vec![ALI],
            shop_looks: vec![rows.look.business],
            shop_logos: vec![rows.logo.business],
            ..Keys::default()
        };
        for _ in 0..2 {
            let mut view = writer.view();
            writer.load(&keys(), &mut view).unwrap();
            rows.sessions.iter().for_each(|row| view.gateway_sessions.put(row.hash, row.clone()));
            rows.vouchers.iter().for_each(|row| view.vouchers.put(row.key.clone(), row.clone()));
            rows.browsers.iter().for_each(|row| view.browser_sessions.put(row.hash, row.clone()));
            view.log_in_tries.put(rows.tries.key, rows.tries);
            rows.codes.iter().for_each(|row| view.log_in_codes.put(row.mobile, *row));
            view.sso_codes.put(rows.sso_code.hash, rows.sso_code.clone());
            view.sso_refreshes.put(rows.refresh.hash, rows.refresh);
            view.sso_families.put(rows.family.id, rows.family);
            rows.consents.iter().for_each(|row| view.sso_consents.put(row.key, *row));
            rows.operators.iter().for_each(|row| view.operators.put(row.name.clone(), row.clone()));
            rows.factors.iter().for_each(|row| view.second_factors.put(row.operator.clone(), row.clone()));
            rows.tokens.iter().for_each(|row| view.operator_tokens.put(row.name.clone(), row.clone()));
            view.money_days.put(rows.money.day, rows.money);
            view.known_addresses.put(rows.address.hash, rows.address);
            rows.audit.iter().for_each(|row| view.audit_lines.put(row.id, row.clone()));
            rows.proposals.iter().for_each(|row| view.proposals.put(row.id, row.clone()));
            view.released.put(rows.released.transfer, rows.released);
            view.parties.put(ALI, rows.party.clone());
            view.shop_looks.put(SHOP, rows.look.clone());
            view.shop_logos.put(SHOP, rows.logo.clone());
            let commit = writer.commit(view).unwrap();
            flusher.flush(commit).unwrap();
        }
        for row in &rows.sessions {
            assert_eq!(now(reader.gateway_session(row.hash)).as_ref(), Some(row));
        }
        assert_eq!(now(reader.vouchers(before_all(), 9)), rows.vouchers);
        assert_eq!(now(reader.voucher(rows.vouchers[1].key.clone())).as_ref(), Some(&rows.vouchers[1]));
        for row in &rows.browsers {
            assert_eq!(now(reader.browser_session(row.hash)).as_ref(), Some(row));
        }
        assert_eq!(now(reader.shop_look(SHOP)).as_ref(), Some(&rows.look));
        assert_eq!(now(reader.shop_logo(SHOP)).as_ref(), Some(&rows.logo));
        assert_eq!((now(reader.shop_look(ALI)), now(reader.shop_logo(ALI))), (None, None));
        assert_eq!(now(reader.operators()), rows.operators);
        assert_eq!(now(reader.operator(text("one"))).as_ref(), Some(&rows.operators[1]));
        assert_eq!(now(reader.second_factors()), rows.factors);
        assert_eq!(now(reader.second_factor(text("one"))).as_ref(), Some(&rows.factors[1]));
        assert_eq!(now(reader.second_factor(text("two"))), None);
        assert_eq!(now(reader.operator_tokens()), rows.tokens);
        assert_eq!(now(reader.operator_token(Digest([4; 32]))).as_ref(), Some(&rows.tokens[1]));
        assert_eq!(now(reader.operator_token(Digest([5; 32]))), None);
        assert_eq!(now(reader.known_address(rows.address.hash)), Some(rows.address));
        assert_eq!(now(reader.audit_lines(NEWEST)), [rows.audit[1].clone(), rows.audit[0].clone()]);
        assert_eq!(now(reader.audit_lines(Page { after: 2, ..NEWEST })), rows.audit[..1]);
        let newest_first: Vec<Proposal> = rows.proposals.iter().rev().cloned().collect();
        assert_eq!(now(reader.proposals(Proposals::All, NEWEST)), newest_first);
        assert_eq!(now(reader.proposals(Proposals::Open, NEWEST)), rows.proposals[..1]);
        assert_eq!(now(reader.proposal(ProposalId(2))).as_ref(), Some(&rows.proposals[1]));
        assert_eq!(now(reader.released(TransferId(7))), Some(rows.released));
        assert_eq!(now(reader.parties_of_mobile(text("09120000000"))), std::slice::from_ref(&rows.party));
        assert_eq!(now(reader.parties_of_mobile(text(""))), []);
        let loaded = |writer: &mut store::Writer| {
            let mut view = writer.view();
            writer.load(&keys(), &mut view).unwrap();
            writer.abandon().unwrap();
            view
        };
        let view = loaded(&mut writer);
        assert_eq!(view.log_in_tries.get(&rows.tries.key).map(|row| **row), Some(rows.tries));
        assert_eq!(view.money_days.get(&rows.money.day).map(|row| **row), Some(rows.money));
        assert_eq!(view.sso_codes.get(&rows.sso_code.hash).map(|row| &**row), Some(&rows.sso_code));
        assert_eq!(view.sso_refreshes.get(&rows.refresh.hash).map(|row| &**row), Some(&rows.refresh));
        assert_eq!(view.sso_families.get(&rows.family.id).map(|row| &**row), Some(&rows.family));
        assert_eq!(now(reader.sso_family(rows.family.id)), Some(rows.family));
        assert_eq!(now(reader.sso_refresh(rows.refresh.hash)), Some(rows.refresh));
        let known: Vec<SsoConsent> = rows.consents.iter().filter_map(|row| now(reader.sso_consent(row.key))).collect();
        assert_eq!(known, rows.consents);
        let mut listed = rows.consents.clone();
        listed.sort_by_key(|row| row.key);
        assert_eq!(now(reader.sso_consents_of(ALI)), listed);
        assert_eq!(now(reader.sso_consents_of(SHOP)), []);
        for row in &rows.codes {
            assert_eq!(view.log_in_codes.get(&row.mobile).map(|row| **row), Some(*row));
        }
        // A session is removed a day after its end, unless it has a receipt or a payment whose outcome is not known; vouchers and operators stay.
        writer.sweep(SweepAt::instant(86_400_000 + 9)).unwrap();
        let view = loaded(&mut writer);
        let left = |row: &GatewaySession| view.gateway_sessions.get(&row.hash).is_some();
        assert_eq!(rows.sessions.iter().map(left).collect::<Vec<_>>(), [false, false, true, true, true]);
        let gone = (
            view.log_in_tries.get(&rows.tries.key).is_none(),
            rows.codes.iter().all(|row| view.log_in_codes.get(&row.mobile).is_none()),
            view.sso_codes.get(&rows.sso_code.hash).is_none(),
            view.sso_refreshes.get(&rows.refresh.hash).is_none(),
            view.sso_families.get(&rows.family.id).is_none(),
        );
        assert_eq!(gone, (true, true, true, true, true));
        assert_eq!(now(reader.known_address(rows.address.hash)), None);
        let known = |row: &BrowserSession| view.browser_sessions.get(&row.hash).is_some();
        assert_eq!(rows.browsers.iter().map(known).collect::<Vec<_>>(), [false, true]);
        assert_eq!((now(reader.vouchers(before_all(), 9)).len(), now(reader.operators()).len()), (3, 4));
    });
}
