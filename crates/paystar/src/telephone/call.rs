//! One call, from the greeting to the end (paystar.md 6).
//!
//! ```text
//! bill ─► greeting ─► card ─► password asked ─► password keyed ─► paid ─► reference number
//!                      ▲ 14       ▲ *, 55 when it has ended   ▲ 55 while it lives
//! ```
//! `▲` marks where a code or a key leads back to an earlier step.
//!
//! Card number and password are only in the memory of this call. A caller who hangs up before the payment has paid nothing. If a caller hangs up
//! during the payment, the payment still runs to its end.

use std::collections::HashMap;
use std::time::Duration;

use payments::{PhoneCall, PhoneOrder, PhoneOrderKey, Text};
use text::fold;
use text::number::{MAX_AMOUNT, mobile, rials};
use tokio::io::{AsyncRead, AsyncWrite};
use wire::field::CARD_DIGITS;
use wire::paystar::codes::{self, Code};
use wire::paystar::fields::{OtpRequest, Pay, Purpose};
use wire::text::is_line;

use super::agi::{Ended, KeyHandling, Line};
use super::settings::TelephoneSettings;
use super::sounds::Step;
use crate::App;
use crate::{Failed, Paying, Standing, ask, inquire, pay};
use edge::to_its_end::ToItsEnd;

/// Parameters of a call's query.
const SEQUENCE: &str = "sequence";
const ORDER: &str = "order_id";
const AMOUNT: &str = "amount";
/// Digits of a one-time password.
const OTP: usize = 5;
/// Time-out of the wait for a key.
const WAIT: Duration = Duration::from_secs(10);
/// Maximum number of rounds without a key for one input; then the call ends.
const EMPTY_ROUNDS: usize = 3;
/// Maximum number of cards that a caller may key.
const CARDS: usize = 3;
/// Maximum number of rounds of input in a call, so that every call ends.
const ROUNDS: usize = 20;
/// Amounts from this on are said in two parts: the billions, then the rest.
const BILLION: i64 = 1_000_000_000;
/// How many times a reference number is said.
const REPEATS: usize = 2;

/// The outcome of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The call has paid the order; its reference number.
    Paid(i64),
    /// The order was already paid; its reference number, and the amount in rials.
    AlreadyPaid(i64, i64),
    /// The call ended with this code.
    Declined(Code),
    /// The caller keyed nothing, or nothing usable.
    GivenUp,
    /// The outcome of the payment is not known here and must be inquired.
    Unknown,
}

impl Outcome {
    /// The value of the channel's variable `DARIC_STATUS`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Paid(_) => "PAID",
            Self::AlreadyPaid(..) => "ALREADY_PAID",
            Self::Declined(_) => "DECLINED",
            Self::GivenUp => "GIVEN_UP",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// The order to pay, and its amount in rials.
struct Bill {
    order: String,
    amount: i64,
}

/// The end of a call: its outcome, and the last words that the caller hears.
struct End {
    outcome: Outcome,
    words: Vec<Word>,
}

/// Something that the caller hears.
#[derive(Clone, Copy)]
enum Word {
    Step(Step),
    Code(Code),
    /// A number of at most nine digits.
    Number(i64),
    /// A reference number, digit by digit.
    Reference(i64),
}

/// A call in progress.
pub struct Call<'a, R, W> {
    app: &'a App,
    settings: &'a TelephoneSettings,
    line: Line<R, W>,
    terminal: String,
    payer: String,
    rounds: usize,
    /// A key that ended a prompt; it is the first key of the next input.
    early: Option<char>,
}

/// The input of a caller.
enum Keyed {
    /// Digits: at least one, and at most as many as were asked for.
    Digits(String),
    /// `*`; digits before it are discarded.
    Star,
}

impl<'a, R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Call<'a, R, W> {
    /// Serves the call of a new connection to its end.
    ///
    /// # Errors
    /// The line ended before the call did.
    pub async fn hold(app: &'a App, settings: &'a TelephoneSettings, mut line: Line<R, W>) -> Result<Outcome, Ended> {
        let described = line.description().await?;
        let (arguments, doubled) = Arguments::of(&described);
        // A caller's number that is not clean text counts as absent.
        let caller = described.get("callerid").map(|caller| fold(caller).into_owned());
        let caller = caller.filter(|caller| !is_unclean(caller)).unwrap_or_default();
        let terminal = arguments.sequence.clone().or_else(|| settings.sequence.clone()).unwrap_or_default();
        let payer = mobile(&caller).unwrap_or_default();
        let is_unclean = arguments.all().any(is_unclean);
        let mut call = Self { app, settings, line, terminal, payer, rounds: 0, early: None };
        let asked = (arguments.order.clone().unwrap_or_default(), arguments.amount.clone().unwrap_or_default());
        let bill = match (doubled, is_unclean) {
            (Some(name), _) => {
                tracing::warn!(parameter = name, "a call by telephone has a parameter twice, with different values");
                Err(decline(if name == AMOUNT { codes::INVALID_AMOUNT } else { codes::INVALID_TRANSACTION }))
            }
            (None, true) => Err(decline(codes::INVALID_TRANSACTION)),
            (None, false) => call.bill(arguments, &described, caller).await,
        };
        let (end, (order, amount)) = match bill {
            Ok(bill) => (call.serve(&bill).await?, (bill.order, bill.amount.to_string())),
            Err(end) => (end, asked),
        };
        // The outcome stands even if the caller has hung up and does not hear it.
        let _ = call.end(&end, &order, &amount).await;
        Ok(end.outcome)
    }

    /// The bill of the call: from its arguments, or from the merchant.
    async fn bill(
        &self,
        arguments: Arguments,
        described: &HashMap<String, String>,
        caller: String,
    ) -> Result<Bill, End> {
        let bill = match (arguments.order, arguments.amount, &self.settings.bills) {
            (Some(order), Some(amount), _) => {
                let amount = rials(&amount).ok_or_else(|| decline(codes::INVALID_AMOUNT))?;
                Bill { order, amount }
            }
            (_, _, Some(bills)) => {
                let get = |name: &str| described.get(name).map(|value| value.trim().to_owned()).unwrap_or_default();
                let called = Some(get("dnid")).filter(|dnid| !dnid.is_empty() && dnid != "unknown");
                let call = PhoneCall {
                    terminal: self.terminal.clone(),
                    caller,
                    called: called.unwrap_or_else(|| get("extension")),
                    id: get("uniqueid"),
                };
                let answer = bills.bill(call).await.map_err(|error| {
                    tracing::warn!(%error, "the merchant did not answer with the caller's bill");
                    let words = vec![Word::Code(codes::SYSTEM_ERROR), Word::Step(Step::CallLater)];
                    End { outcome: Outcome::Declined(codes::SYSTEM_ERROR), words }
                })?;
                Bill { order: answer.order, amount: answer.amount.get() }
            }
            (_, _, None) => return Err(decline(codes::INVALID_TRANSACTION)),
        };
        if !(1..=MAX_AMOUNT).contains(&bill.amount) {
            return Err(decline(codes::INVALID_AMOUNT));
        }
        let order = &bill.order;
        if fold(order).is_empty() || order.chars().count() > 50 || is_unclean(order) {
            return Err(decline(codes::INVALID_TRANSACTION));
        }
        Ok(bill)
    }

    /// Greets the caller and takes the payment.
    async fn serve(&mut self, bill: &Bill) -> Result<End, Ended> {
        // Before the caller is asked for a card: is the terminal valid, and is the order still to be paid?
        match self.standing(bill).await {
            Err(Failed::Refused(code)) => return Ok(decline(code)),
            Ok(Some(order)) => return Ok(already_paid(&order)),
            // After a failure of the machine the call goes on: the request for a password fails if the failure persists.
            Ok(None) | Err(Failed::Broken(_)) => {}
        }
        self.offer(Word::Step(Step::Welcome)).await?;
        self.offer(Word::Step(Step::Amount)).await?;
        self.offer_amount(bill.amount).await?;
        self.offer(Word::Step(Step::Rial)).await?;
        for left in (0..CARDS).rev() {
            let Some(pan) = self.card().await? else { return Ok(give_up()) };
            let end = self.pay_by(bill, &pan).await?;
            // The caller may key another card.
            if end.outcome != Outcome::Declined(codes::INVALID_CARD) || left == 0 {
                return Ok(end);
            }
            self.offer(Word::Code(codes::INVALID_CARD)).await?;
        }
        Ok(decline(codes::INVALID_CARD))
    }

    /// Asks for a card's number; `None`: the caller keys nothing.
    async fn card(&mut self) -> Result<Option<String>, Ended> {
        loop {
            match self.keys(Step::Card, CARD_DIGITS).await? {
                Some(Keyed::Digits(card)) => return Ok(Some(card)),
                // The input starts again from the prompt.
                Some(Keyed::Star) => {}
                None => return Ok(None),
            }
        }
    }

    /// Pays with one card: from the request for a password to the end.
    async fn pay_by(&mut self, bill: &Bill, pan: &str) -> Result<End, Ended> {
        'asking: loop {
            self.play(Step::Wait).await?;
            self.line.still_there().await?;
            let request = OtpRequest {
                amount: Some(bill.amount),
                pan: pan.to_owned(),
                order_id: bill.order.clone(),
                sequence: self.terminal.clone(),
            };
            let app = self.app.clone();
            let asking = ToItsEnd::new(&self.app.running, async move { ask(&app, request).await });
            let asked = match asking.await {
                Ok(asked) => asked,
                Err(failed) => return Ok(self.failed(failed, bill, Asking::Password).await),
            };
            loop {
                let otp = match self.keys(Step::Otp, OTP).await? {
                    Some(Keyed::Digits(otp)) => otp,
                    Some(Keyed::Star) => continue 'asking,
                    None => return Ok(give_up()),
                };
                // Too few digits are not a try: the caller is asked again.
                if otp.len() < OTP {
                    continue;
                }
                self.play(Step::Wait).await?;
                self.line.still_there().await?;
                let payment = Pay {
                    pan: pan.to_owned(),
                    pin: otp,
                    purpose: Purpose::Telephone { amount: Some(bill.amount), order_id: bill.order.clone() },
                    merchant_cid: self.payer.clone(),
                    sequence: self.terminal.clone(),
                };
                let registered = self.app.in_flight_payments.enter(&self.terminal, Paying::order(&bill.order));
                let app = self.app.clone();
                let paying = ToItsEnd::new(&self.app.running, async move {
                    let _registered = registered;
                    pay(&app, payment).await
                });
                match paying.await {
                    Ok(order) => {
                        let reference = order.ref_id();
                        return Ok(End { outcome: Outcome::Paid(reference), words: twice(Step::Paid, reference) });
                    }
                    Err(Failed::Refused(code)) if code == codes::WRONG_PIN => {
                        self.offer(Word::Code(code)).await?;
                        if self.app.engine.clock().now_ms() >= asked.ends_at_ms {
                            continue 'asking;
                        }
                    }
                    Err(failed) => return Ok(self.failed(failed, bill, Asking::Payment).await),
                }
            }
        }
    }

    /// The end of a call after a request or a payment failed. It inquires the order if that may tell more.
    async fn failed(&self, failed: Failed, bill: &Bill, asking: Asking) -> End {
        const PERHAPS_LATER: [Code; 3] = [codes::SYSTEM_ERROR, codes::DAY_CLOSE, codes::ISSUER_DOWN];
        let code = match failed {
            Failed::Refused(code) if code == codes::CEILING && asking == Asking::Password => {
                let words = vec![Word::Code(code), Word::Step(Step::CallInMinutes)];
                return End { outcome: Outcome::Declined(code), words };
            }
            Failed::Refused(code) if code == codes::DUPLICATE || PERHAPS_LATER.contains(&code) => Some(code),
            Failed::Refused(code) => return decline(code),
            Failed::Broken(error) => {
                tracing::warn!(%error, "a call by telephone got no answer");
                None
            }
        };
        let later = Word::Step(Step::CallLater);
        match (self.standing(bill).await, code) {
            (Ok(Some(order)), _) => already_paid(&order),
            // It is known that the order is not paid.
            (Ok(None), Some(code)) => End { outcome: Outcome::Declined(code), words: vec![Word::Code(code), later] },
            (Ok(None), None) => End { outcome: Outcome::Declined(codes::SYSTEM_ERROR), words: vec![later] },
            (Err(_), _) => End { outcome: Outcome::Unknown, words: vec![later] },
        }
    }

    /// Inquires the order of the bill; `None`: it is not paid.
    async fn standing(&self, bill: &Bill) -> Result<Option<std::sync::Arc<PhoneOrder>>, Failed> {
        match inquire(self.app, PhoneOrderKey::of(Text::from(self.terminal.as_str()), &bill.order)).await? {
            Standing::Known(order) => Ok(order.payment().is_some().then_some(order)),
            Standing::Unknown => Ok(None),
        }
    }

    /// Plays a prompt and takes up to `most` keys, one by one, so that `*` works at once. `None`: [`EMPTY_ROUNDS`] rounds brought no key, or the call
    /// has used up its [`ROUNDS`].
    async fn keys(&mut self, step: Step, most: usize) -> Result<Option<Keyed>, Ended> {
        let mut empty = 0;
        while empty < EMPTY_ROUNDS && self.rounds < ROUNDS {
            self.rounds += 1;
            self.offer(Word::Step(step)).await?;
            let mut digits = String::new();
            while digits.len() < most {
                let key = match self.early.take() {
                    Some(key) => Some(key),
                    None => self.line.key(WAIT).await?,
                };
                match key {
                    Some('*') => return Ok(Some(Keyed::Star)),
                    // `#` ends the input. A lone `#` is left over from the input before and starts another round.
                    Some('#') => break,
                    Some(digit) => digits.push(digit),
                    None => {
                        empty += usize::from(digits.is_empty());
                        break;
                    }
                }
            }
            if !digits.is_empty() {
                return Ok(Some(Keyed::Digits(digits)));
            }
        }
        Ok(None)
    }

    /// Says something that a key may end. The key counts for the next input, and what would be said before that input is skipped.
    async fn offer(&mut self, word: Word) -> Result<(), Ended> {
        if self.early.is_none() {
            self.early = match word {
                Word::Step(step) => {
                    self.line.play(&self.settings.sounds.of(step, &self.terminal), KeyHandling::EndsPlayback).await?
                }
                Word::Code(code) => {
                    self.line
                        .play(&self.settings.sounds.of_code(code, &self.terminal), KeyHandling::EndsPlayback)
                        .await?
                }
                Word::Number(number) => self.line.say_number(number, KeyHandling::EndsPlayback).await?,
                Word::Reference(_) => return self.say(word).await,
            };
        }
        Ok(())
    }

    async fn play(&mut self, step: Step) -> Result<(), Ended> {
        self.say(Word::Step(step)).await
    }

    async fn say(&mut self, word: Word) -> Result<(), Ended> {
        // No input follows, so keys pressed before or during these words are discarded.
        self.early = None;
        let ignored = KeyHandling::Ignored;
        match word {
            Word::Step(step) => self.line.play(&self.settings.sounds.of(step, &self.terminal), ignored).await?,
            Word::Code(code) => self.line.play(&self.settings.sounds.of_code(code, &self.terminal), ignored).await?,
            Word::Number(number) => self.line.say_number(number, ignored).await?,
            Word::Reference(reference) => return self.line.say_digits(&reference.to_string()).await,
        };
        Ok(())
    }

    async fn offer_amount(&mut self, amount: i64) -> Result<(), Ended> {
        let (billions, rest) = (amount / BILLION, amount % BILLION);
        if billions > 0 {
            self.offer(Word::Number(billions)).await?;
            self.offer(Word::Step(if rest > 0 { Step::BillionAnd } else { Step::Billion })).await?;
        }
        if rest > 0 {
            self.offer(Word::Number(rest)).await?;
        }
        Ok(())
    }

    /// Sets the channel's variables to the outcome, says the last words, and hangs up if the settings say so.
    async fn end(&mut self, end: &End, order: &str, amount: &str) -> Result<(), Ended> {
        let (reference, code, amount) = match &end.outcome {
            Outcome::Paid(reference) => (reference.to_string(), String::new(), amount.to_owned()),
            Outcome::AlreadyPaid(reference, paid) => (reference.to_string(), String::new(), paid.to_string()),
            Outcome::Declined(code) => (String::new(), code.number.to_string(), amount.to_owned()),
            Outcome::GivenUp | Outcome::Unknown => (String::new(), String::new(), amount.to_owned()),
        };
        for (name, value) in [
            ("DARIC_STATUS", end.outcome.name()),
            ("DARIC_REFID", &reference),
            ("DARIC_CODE", &code),
            ("DARIC_ORDER", order),
            ("DARIC_AMOUNT", &amount),
        ] {
            self.line.set(name, value).await?;
        }
        for word in &end.words {
            self.say(*word).await?;
        }
        if self.settings.hang_up {
            self.line.hang_up().await?;
        }
        Ok(())
    }
}

fn decline(code: Code) -> End {
    End { outcome: Outcome::Declined(code), words: vec![Word::Code(code), Word::Step(Step::Goodbye)] }
}

fn give_up() -> End {
    End { outcome: Outcome::GivenUp, words: vec![Word::Step(Step::Goodbye)] }
}

fn already_paid(order: &PhoneOrder) -> End {
    let amount = order.payment().and_then(|payment| payment.amount).map_or(0, payments::Rial::get);
    let reference = order.ref_id();
    End { outcome: Outcome::AlreadyPaid(reference, amount), words: twice(Step::AlreadyPaid, reference) }
}

/// A step and a reference number, repeated so that the caller can write it down.
fn twice(step: Step, reference: i64) -> Vec<Word> {
    [Word::Step(step), Word::Reference(reference)].repeat(REPEATS)
}

/// What the call was asking for when it failed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asking {
    Password,
    Payment,
}

/// The arguments that the dialplan passes with a call: `AGI(agi://host,sequence,order,amount)`, or as a query:
/// `AGI(agi://host/pay?sequence=…&order_id=…&amount=…)`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Arguments {
    sequence: Option<String>,
    order: Option<String>,
    amount: Option<String>,
}

/// Whether a text has characters that a line of text cannot have, or was not valid UTF-8. Such a text is rejected.
fn is_unclean(text: &str) -> bool {
    text.chars().any(|c| !is_line(c) || c == char::REPLACEMENT_CHARACTER)
}

impl Arguments {
    fn all(&self) -> impl Iterator<Item = &str> {
        [&self.sequence, &self.order, &self.amount].into_iter().flatten().map(String::as_str)
    }

    /// The arguments; and the first parameter that the query has more than once with different values, so that its value is ambiguous.
    fn of(described: &HashMap<String, String>) -> (Self, Option<&'static str>) {
        let query = described.get("request").and_then(|request| request.split_once('?')).map_or("", |(_, query)| query);
        let asked: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let values = |name: &'static str| asked.iter().filter(move |(known, _)| known == name).map(|(_, value)| value);
        let one = |position: &str, name: &'static str| {
            let given = described.get(position).or_else(|| values(name).next());
            given.filter(|value| !fold(value).is_empty())
        };
        let folded = |value: &String| fold(value).into_owned();
        let arguments = Self {
            sequence: one("arg_1", SEQUENCE).map(folded),
            order: one("arg_2", ORDER).cloned(),
            amount: one("arg_3", AMOUNT).map(folded),
        };
        let doubled = |name: &&'static str| values(name).any(|value| Some(value) != values(name).next());
        (arguments, [SEQUENCE, ORDER, AMOUNT].into_iter().find(doubled))
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
            // second-edition.md 1.1: the order is a text, which is kept as it was sent.
            (&[("arg_1", " s "), ("arg_2", " سفارش علي-۱ "), ("arg_3", " ۷ ")], all("s", " سفارش علي-۱ ", "7")),
        ] {
            assert_eq!(Arguments::of(&described(call)), (expected, None));
        }
        for (query, doubled) in [
            ("amount=5000&amount=6000", Some(AMOUNT)),
            ("amount=5000&amount=5000", None),
            ("order_id=o&amount=1&order_id=p", Some(ORDER)),
            ("sequence=s&sequence=", Some(SEQUENCE)),
        ] {
            let request = format!("agi://h/pay?{query}");
            assert_eq!(Arguments::of(&described(&[("request", &request)])).1, doubled, "{query}");
        }
    }
}
