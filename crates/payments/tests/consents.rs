//! Consents of users: expired requests and expired codes.

use crate::memory::{Memory, drops};
use payments::{
    AskBySms, AskConsent, BankUser, CONSENT_REMEMBERED_MS, Consent, Digest, ExchangeCode, GrantKind, NotExchanged,
    NotVerified, RegisterUser, Rial, Rules, SMS_LIFE_MS, Text, VerifyConsentCode,
};

const NID: &str = "2222222222";
const REQUEST: Digest = Digest([1; 32]);
const OTP: Digest = Digest([2; 32]);
const MOBILE: Digest = Digest([3; 32]);
const CODE: Digest = Digest([4; 32]);

/// A store with a request for consent by SMS.
fn asked() -> Memory {
    let mut memory = Memory::demo(Rules::documented().unwrap());
    let (nid, password) = (NID.to_owned(), String::new());
    let user = BankUser { nid, password, failures: 0, locked_until_ms: 0, mobile: Some(MOBILE) };
    memory.run_ok(RegisterUser { user, replace: false });
    let consent = Consent {
        id: REQUEST,
        client: drops(),
        kind: GrantKind::Sms,
        redirect_uri: String::new(),
        scopes: vec![],
        bank: None,
        max_amount: Rial::ZERO,
        monthly_count: 0,
        state: String::new(),
        ends_at_ms: memory.now_ms + SMS_LIFE_MS,
        tries: 0,
        user: String::new(),
        login: None,
        otp: Some(OTP),
        mobile: Some(MOBILE),
        deposit: None,
        deposit_number: String::new(),
    };
    let sms = AskBySms { to: Text::from("09121234567"), deposit: None, tries: vec![] };
    memory.run_ok(AskConsent { consent, sms: Some(sms) });
    memory
}

fn verify(memory: &mut Memory) -> Result<(), NotVerified> {
    let (client, nid) = (drops(), NID.to_owned());
    let tries = Digest([9; 32]);
    memory.run(VerifyConsentCode { client, consent: REQUEST, mobile: MOBILE, otp: OTP, nid, code: CODE, tries })
}

fn exchange(memory: &mut Memory) -> Result<(), NotExchanged> {
    let [access, refresh] = [Digest([5; 32]), Digest([6; 32])];
    let redirect_uri = String::new();
    memory.run(ExchangeCode { client: drops(), code: CODE, redirect_uri, bank: Ok(None), access, refresh })
}

/// A sweep removes an expired row some time later. The answer must not depend on whether it has.
#[test]
fn what_has_run_out_is_said_to_have_for_an_hour_and_is_unknown_then_whether_its_row_is_there_or_not() {
    let late_ms = SMS_LIFE_MS + CONSENT_REMEMBERED_MS;
    for (after_ms, of_request, of_code) in [
        (SMS_LIFE_MS, Ok(()), Ok(())),
        (SMS_LIFE_MS + 1, Err(NotVerified::Expired), Err(NotExchanged::OtpExpired)),
        (late_ms - 1, Err(NotVerified::Expired), Err(NotExchanged::OtpExpired)),
        (late_ms, Err(NotVerified::Wrong), Err(NotExchanged::CodeInvalid)),
    ] {
        let mut memory = asked();
        memory.now_ms += after_ms;
        assert_eq!(verify(&mut memory), of_request, "{after_ms}");
        let mut memory = asked();
        verify(&mut memory).unwrap();
        memory.now_ms += after_ms;
        assert_eq!(exchange(&mut memory), of_code, "{after_ms}");
    }
}
