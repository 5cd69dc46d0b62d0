//! One call, from the greeting to the end (paystar.md 6).
//!
//! ```text
//! bill ─► greeting ─► card ─► password asked ─► password keyed ─► paid ─► reference number
//!                      ▲ 14       ▲ *, 55 when it has ended   ▲ 55 while it lives
//! ```
//! Card and password are in this call's memory only. A caller who hangs up before the payment has paid nothing; during it, the order is
//! either paid or not, as any other.

use std::collections::HashMap;
use std::time::Duration;

use payments::{OTP_LIFE_MS, PhoneCall, PhoneOrder, PhoneOrderKey, Text};
use tokio::io::{AsyncRead, AsyncWrite};
use wire::field::{CARD_DIGITS, MAX_AMOUNT, fold, mobile};
use wire::paystar::codes::{self, Code};
use wire::paystar::fields::{OtpRequest, Pay, Purpose};

use super::TelephoneSettings;
use super::agi::{Ended, Keys, Line};
use super::sounds::Step;
use crate::App;
use crate::paystar::{Failed, Paying, Standing, ask, inquire, pay};

/// Digits of a one-time password.
const OTP: usize = 5;
/// How long to wait for a key.
const WAIT: Duration = Duration::from_secs(10);
/// Rounds without a key that end a call.
const EMPTY_ROUNDS: usize = 3;
/// Cards that a caller may key.
const CARDS: usize = 3;
/// Rounds of any kind that end a call: nobody holds a line for ever.
const ROUNDS: usize = 20;
/// Numbers below this are said as one.
const BILLION: i64 = 1_000_000_000;
/// How often a reference number is said.
const SAID: usize = 2;

/// What a call came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The order is paid; its reference number.
    Paid(i64),
    /// It was paid before; its reference number.
    AlreadyPaid(i64),
    /// A code ended it.
    Declined(Code),
    /// The caller keyed nothing, or nothing useful.
    GivenUp,
    /// What became of the payment is not known here: it must be inquired.
    Unknown,
}

impl Outcome {
    /// The value of the channel's variable `DARIC_STATUS`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Paid(_) => "PAID",
            Self::AlreadyPaid(_) => "ALREADY_PAID",
            Self::Declined(_) => "DECLINED",
            Self::GivenUp => "GIVEN_UP",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// What shall be paid.
struct Bill {
    order: String,
    amount: i64,
}

/// A call in progress.
pub struct Call<'a, R, W> {
    app: &'a App,
    settings: &'a TelephoneSettings,
    line: Line<R, W>,
    terminal: String,
    payer: String,
    rounds: usize,
}

impl<'a, R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Call<'a, R, W> {
    /// Holds a call on a new connection, to its end.
    ///
    /// # Errors
    /// The line ended before the call did.
    pub async fn hold(app: &'a App, settings: &'a TelephoneSettings, mut line: Line<R, W>) -> Result<Outcome, Ended> {
        let described = line.description().await?;
        let arguments = Arguments::of(&described);
        let caller = described.get("callerid").map(|caller| fold(caller).into_owned()).unwrap_or_default();
        let terminal = arguments.sequence.clone().or_else(|| settings.sequence.clone()).unwrap_or_default();
        let payer = mobile(&caller).unwrap_or_default();
        let mut call = Self { app, settings, line, terminal, payer, rounds: 0 };
        let (outcome, bill) = match call.bill(arguments, &described, caller).await {
            Ok(bill) => (call.serve(&bill).await?, Some(bill)),
            Err(code) => (call.decline(code).await?, None),
        };
        call.end(&outcome, bill.as_ref()).await?;
        Ok(outcome)
    }

    /// The bill: the call's arguments, or what the merchant says.
    async fn bill(
        &self,
        arguments: Arguments,
        described: &HashMap<String, String>,
        caller: String,
    ) -> Result<Bill, Code> {
        let bill = match (arguments.order, arguments.amount, &self.settings.bills) {
            (Some(order), Some(amount), _) => {
                let amount = fold(&amount).parse().map_err(|_| codes::INVALID_AMOUNT)?;
                Bill { order, amount }
            }
            (_, _, Some(bills)) => {
                let get = |name: &str| described.get(name).cloned().unwrap_or_default();
                let called = Some(get("dnid")).filter(|dnid| !dnid.is_empty() && dnid != "unknown");
                let call = PhoneCall {
                    terminal: self.terminal.clone(),
                    caller,
                    called: called.unwrap_or_else(|| get("extension")),
                    id: get("uniqueid"),
                };
                let told = bills.bill(call).await.map_err(|error| {
                    tracing::warn!(%error, "the merchant did not tell what a caller shall pay");
                    codes::SYSTEM_ERROR
                })?;
                Bill { order: told.order, amount: told.amount.get() }
            }
            (_, _, None) => return Err(codes::INVALID_TRANSACTION),
        };
        let order = fold(&bill.order).into_owned();
        if !(1..=MAX_AMOUNT).contains(&bill.amount) {
            return Err(codes::INVALID_AMOUNT);
        }
        if order.is_empty() || order.chars().count() > 50 || order.chars().any(char::is_control) {
            return Err(codes::INVALID_TRANSACTION);
        }
        Ok(Bill { order, amount: bill.amount })
    }

    /// Greets, and does what the caller wants.
    async fn serve(&mut self, bill: &Bill) -> Result<Outcome, Ended> {
        // Before anybody is asked for a card: whether there is anything to pay, and through whom.
        match self.standing(bill).await {
            Err(Failed::Refused(code)) => return self.decline(code).await,
            Ok(Some(order)) => return self.already_paid(&order).await,
            // Should the machine be in trouble, the request for a password finds out.
            Ok(None) | Err(Failed::Broken(_)) => {}
        }
        self.play(Step::Welcome).await?;
        self.play(Step::Amount).await?;
        self.say_amount(bill.amount).await?;
        self.play(Step::Rial).await?;
        for _ in 0..CARDS {
            let Some(pan) = self.card().await? else { return self.give_up().await };
            match self.pay_by(bill, &pan).await? {
                // Another card, perhaps.
                Outcome::Declined(code) if code == codes::INVALID_CARD => self.say(code).await?,
                outcome => return Ok(outcome),
            }
        }
        self.play(Step::Goodbye).await?;
        Ok(Outcome::Declined(codes::INVALID_CARD))
    }

    /// Takes a card's number; `None`: the caller keys nothing.
    async fn card(&mut self) -> Result<Option<String>, Ended> {
        loop {
            match self.keys(Step::Card, CARD_DIGITS).await? {
                // Once more from the beginning.
                Some(keys) if keys.contains('*') => {}
                other => return Ok(other),
            }
        }
    }

    /// From the request for a password to the end, with one card. Code 14 is not said here: what follows it is the caller's.
    async fn pay_by(&mut self, bill: &Bill, pan: &str) -> Result<Outcome, Ended> {
        'asking: loop {
            self.play(Step::Wait).await?;
            let request = OtpRequest {
                amount: Some(bill.amount),
                pan: pan.to_owned(),
                order_id: bill.order.clone(),
                sequence: self.terminal.clone(),
            };
            if let Err(failed) = ask(self.app, request).await {
                return self.failed(failed, bill, Asking::Password).await;
            }
            let ends_ms = self.app.engine.clock().now_ms().saturating_add(OTP_LIFE_MS);
            loop {
                let Some(otp) = self.keys(Step::Otp, OTP).await? else { return self.give_up().await };
                if otp.contains('*') {
                    continue 'asking;
                }
                self.play(Step::Wait).await?;
                let payment = Pay {
                    pan: pan.to_owned(),
                    pin: otp,
                    purpose: Purpose::Telephone { amount: Some(bill.amount), order_id: bill.order.clone() },
                    merchant_cid: self.payer.clone(),
                    sequence: self.terminal.clone(),
                };
                let arrived = self.app.arrivals.enter(&self.terminal, Paying::Order(bill.order.clone()));
                let paid = pay(self.app, payment).await;
                drop(arrived);
                match paid {
                    Ok(order) => {
                        self.say_reference(Step::Paid, &order).await?;
                        return Ok(Outcome::Paid(order.ref_id()));
                    }
                    Err(Failed::Refused(code)) if code == codes::WRONG_PIN => {
                        self.say(code).await?;
                        if self.app.engine.clock().now_ms() >= ends_ms {
                            continue 'asking;
                        }
                    }
                    Err(failed) => return self.failed(failed, bill, Asking::Payment).await,
                }
            }
        }
    }

    /// What follows a call of a service that failed.
    async fn failed(&mut self, failed: Failed, bill: &Bill, asking: Asking) -> Result<Outcome, Ended> {
        const PERHAPS_LATER: [Code; 3] = [codes::SYSTEM_ERROR, codes::DAY_CLOSE, codes::ISSUER_DOWN];
        let code = match failed {
            Failed::Refused(code) if code == codes::INVALID_CARD => return Ok(Outcome::Declined(code)),
            Failed::Refused(code) if code == codes::CEILING && asking == Asking::Password => {
                self.say(code).await?;
                self.play(Step::CallInMinutes).await?;
                return Ok(Outcome::Declined(code));
            }
            Failed::Refused(code) if code == codes::DUPLICATE || PERHAPS_LATER.contains(&code) => Some(code),
            Failed::Refused(code) => return self.decline(code).await,
            Failed::Broken(error) => {
                tracing::warn!(%error, "a call by telephone got no answer");
                None
            }
        };
        match (self.standing(bill).await, code) {
            (Ok(Some(order)), _) => self.already_paid(&order).await,
            // Not paid, and that is known.
            (Ok(None), Some(code)) => {
                self.say(code).await?;
                self.play(Step::CallLater).await?;
                Ok(Outcome::Declined(code))
            }
            (Ok(None), None) => {
                self.play(Step::CallLater).await?;
                Ok(Outcome::Declined(codes::SYSTEM_ERROR))
            }
            (Err(_), _) => {
                self.play(Step::CallLater).await?;
                Ok(Outcome::Unknown)
            }
        }
    }

    /// The order, if it is paid.
    async fn standing(&self, bill: &Bill) -> Result<Option<std::sync::Arc<PhoneOrder>>, Failed> {
        let (terminal, order) = (Text::from(self.terminal.as_str()), Text::from(bill.order.as_str()));
        match inquire(self.app, PhoneOrderKey { terminal, order }).await? {
            Standing::Known(order) => Ok(order.payment().is_some().then_some(order)),
            Standing::Unknown => Ok(None),
        }
    }

    async fn already_paid(&mut self, order: &PhoneOrder) -> Result<Outcome, Ended> {
        self.say_reference(Step::AlreadyPaid, order).await?;
        Ok(Outcome::AlreadyPaid(order.ref_id()))
    }

    async fn decline(&mut self, code: Code) -> Result<Outcome, Ended> {
        self.say(code).await?;
        self.play(Step::Goodbye).await?;
        Ok(Outcome::Declined(code))
    }

    async fn give_up(&mut self) -> Result<Outcome, Ended> {
        self.play(Step::Goodbye).await?;
        Ok(Outcome::GivenUp)
    }

    /// Keys after a prompt; `None`: too many rounds without any.
    async fn keys(&mut self, step: Step, most: usize) -> Result<Option<String>, Ended> {
        let sound = self.settings.sounds.of(step, &self.terminal);
        let mut empty = 0;
        while empty < EMPTY_ROUNDS && self.rounds < ROUNDS {
            self.rounds += 1;
            let Keys { digits, timed_out } = self.line.keys(&sound, most, WAIT).await?;
            if !digits.is_empty() {
                return Ok(Some(digits));
            }
            // A lone `#` is what is left of the keys before.
            empty += usize::from(timed_out);
        }
        Ok(None)
    }

    async fn play(&mut self, step: Step) -> Result<(), Ended> {
        self.line.play(&self.settings.sounds.of(step, &self.terminal)).await
    }

    async fn say(&mut self, code: Code) -> Result<(), Ended> {
        self.line.play(&self.settings.sounds.of_code(code, &self.terminal)).await
    }

    async fn say_amount(&mut self, amount: i64) -> Result<(), Ended> {
        let (billions, rest) = (amount / BILLION, amount % BILLION);
        if billions > 0 {
            self.line.say_number(billions).await?;
            self.play(Step::Billion).await?;
        }
        if rest > 0 {
            self.line.say_number(rest).await?;
        }
        Ok(())
    }

    async fn say_reference(&mut self, step: Step, order: &PhoneOrder) -> Result<(), Ended> {
        let digits = order.ref_id().to_string();
        for _ in 0..SAID {
            self.play(step).await?;
            self.line.say_digits(&digits).await?;
        }
        Ok(())
    }

    /// Leaves the outcome in the channel's variables, and hangs up.
    async fn end(&mut self, outcome: &Outcome, bill: Option<&Bill>) -> Result<(), Ended> {
        let (reference, code) = match outcome {
            Outcome::Paid(reference) | Outcome::AlreadyPaid(reference) => (reference.to_string(), String::new()),
            Outcome::Declined(code) => (String::new(), code.number.to_string()),
            Outcome::GivenUp | Outcome::Unknown => (String::new(), String::new()),
        };
        let (order, amount) = bill.map(|bill| (bill.order.clone(), bill.amount.to_string())).unwrap_or_default();
        for (name, value) in [
            ("DARIC_STATUS", outcome.name()),
            ("DARIC_REFID", &reference),
            ("DARIC_CODE", &code),
            ("DARIC_ORDER", &order),
            ("DARIC_AMOUNT", &amount),
        ] {
            self.line.set(name, value).await?;
        }
        if self.settings.hang_up {
            self.line.hang_up().await?;
        }
        Ok(())
    }
}

/// What was asked for when it failed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asking {
    Password,
    Payment,
}

/// What the dialplan gives with a call: `AGI(agi://host,sequence,order,amount)`, or as a query:
/// `AGI(agi://host/pay?sequence=…&order_id=…&amount=…)`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Arguments {
    sequence: Option<String>,
    order: Option<String>,
    amount: Option<String>,
}

impl Arguments {
    fn of(described: &HashMap<String, String>) -> Self {
        let query = described.get("request").and_then(|request| request.split_once('?')).map_or("", |(_, query)| query);
        let asked: HashMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let one = |position: &str, name: &str| {
            let given = described.get(position).or_else(|| asked.get(name));
            given.map(|value| fold(value).into_owned()).filter(|value| !value.is_empty())
        };
        Self { sequence: one("arg_1", "sequence"), order: one("arg_2", "order_id"), amount: one("arg_3", "amount") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_brings_its_order_as_arguments_or_as_a_query() {
        let described = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<HashMap<_, _>>()
        };
        let all = |sequence: &str, order: &str, amount: &str| {
            let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
            Arguments { sequence: some(sequence), order: some(order), amount: some(amount) }
        };
        for (call, expected) in [
            (&[("arg_1", "s"), ("arg_2", "o-1"), ("arg_3", "۵۰۰۰۰")][..], all("s", "o-1", "50000")),
            (&[("request", "agi://h/pay?sequence=s&order_id=o%201&amount=7")], all("s", "o 1", "7")),
            (&[("request", "agi://h/pay?sequence=q&order_id=o"), ("arg_1", "s")], all("s", "o", "")),
            (&[("request", "agi://h"), ("arg_1", " ")], all("", "", "")),
        ] {
            assert_eq!(Arguments::of(&described(call)), expected);
        }
    }
}
