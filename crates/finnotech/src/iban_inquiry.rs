//! GET `/oak/v2/clients/{clientId}/ibanInquiry?trackId=&iban=` (finnotech.md 3.9).

use axum::extract::{Request, State};
use axum::response::Response;
use ledger::{Account, AccountStatus};
use payments::{Deposit, Iban};
use wire::finnotech::errors as table;
use wire::finnotech::replies::{DepositOwner, IbanInquiry};
use wire::finnotech::scopes;

use super::call::{Call, Demand, Grants, Requirements, RightsCheck};
use super::reply;
use crate::App;
use edge::strict::Rule;

const SERVICE: Requirements = Requirements {
    scope: Some(scopes::IBAN_INQUIRY),
    grants: Grants::ClientCredential,
    track_id: Demand::Optional,
    rights: RightsCheck::Read,
};

const NO_ERROR: &str = "بدون خطا";

pub async fn iban_inquiry(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let call = Call::enter(&app, SERVICE, request).await?;
    let text = call.query.get("iban").ok_or_else(|| call.fail(&table::required("iban")))?;
    let iban = Iban::parse(text).filter(|iban| !app.strict.refuses(Rule::CheckDigits, || !iban.checks()));
    let iban = iban.ok_or_else(|| call.fail(&table::invalid("iban")))?;
    let found = match iban.bank().is_hosted() {
        true => app.engine.reader().deposit(iban.key()).await.map_err(|error| call.unread(error))?,
        false => None,
    };
    Ok(reply::done(&call.track_id, render(&iban, found.as_ref())))
}

fn render<'a>(iban: &'a Iban, found: Option<&'a (Deposit, Account)>) -> IbanInquiry<'a> {
    let (status, description, error) = match found {
        Some((_, account)) => {
            let (status, description) = status_of(account.status);
            (status, description, NO_ERROR)
        }
        None if iban.bank().is_hosted() => ("06", "بروز خطادر پاسخ دهی", "شماره حساب نامعتبر است"),
        None => ("06", "بروز خطادر پاسخ دهی", "در ارتباط با سرور بانک خطایی رخ داده است"),
    };
    let owner = |deposit: &'a Deposit| DepositOwner { first_name: &deposit.first_name, last_name: &deposit.last_name };
    IbanInquiry {
        iban: iban.as_str(),
        bank_name: iban.bank().name(),
        deposit: found.map_or("", |(deposit, _)| &deposit.number),
        deposit_description: description,
        deposit_comment: "",
        deposit_owners: found.map(|(deposit, _)| owner(deposit)).into_iter().collect(),
        deposit_status: status,
        error_description: error,
    }
}

fn status_of(status: AccountStatus) -> (&'static str, &'static str) {
    match status {
        AccountStatus::Open => ("02", "حساب فعال است"),
        AccountStatus::NoDebits => ("03", "حساب مسدود با قابلیت واریز"),
        AccountStatus::NoCredits | AccountStatus::Closed => ("04", "حساب مسدود بدون قابلیت واریز"),
    }
}
