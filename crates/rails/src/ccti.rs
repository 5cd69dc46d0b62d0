//! The group file of the paya network (`.ccti`).
//!
//! The message is ISO 20022 `pain.001.001.03 CstmrCdtTrfInitn` as Iranian banks exchange it. No schema describes that form: dates are
//! Jalali in ISO's format, absent ids are the word `EMPTY`, amounts are whole rials, and the agent is the central bank. Banks differ in
//! details, and no conformity is claimed; another form is another implementation of [`GroupFile`].

use crate::xml::escape;
use payments::{Count, CycleId, Debtor, FileHead, GroupFile, Now, Order, full_name};

/// Writes the group file; see the module.
#[derive(Clone, Copy, Debug)]
pub struct Ccti;

/// BIC of the central bank, the agent of all orders.
const CENTRAL_BANK_BIC: &str = "BMJIIRTHXXX";
/// The maximum length of a name, in characters.
const NAME: usize = 140;
/// The text for an absent id.
const EMPTY: &str = "EMPTY";

impl GroupFile for Ccti {
    fn name(&self, cycle: CycleId) -> String {
        format!("{}.ccti", message_id(cycle))
    }

    fn head(&self, head: &FileHead, to: &mut Vec<u8>) {
        let bank = head.cycle.bank();
        to.extend_from_slice(br#"<?xml version="1.0" encoding="utf-8" standalone="yes"?>"#);
        to.extend_from_slice(b"\n");
        to.extend_from_slice(
            br#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.03"><CstmrCdtTrfInitn><GrpHdr>"#,
        );
        element("MsgId", &message_id(head.cycle), to);
        element("CreDtTm", &format!("{}T{}", date(head.cycle.day()), time(&head.cut_off)), to);
        totals(&head.count, to);
        open("InitgPty", to);
        element("Nm", bank.map_or("", |bank| bank.name()), to);
        close("InitgPty", to);
        close("GrpHdr", to);
        to.push(b'\n');
    }

    fn debtor(&self, head: &FileHead, debtor: &Debtor, to: &mut Vec<u8>) {
        open("PmtInf", to);
        element("PmtInfId", &debtor.number.to_string(), to);
        element("PmtMtd", "TRF", to);
        totals(&debtor.count, to);
        element("ReqdExctnDt", &date(head.cycle.day()), to);
        open("Dbtr", to);
        element("Nm", shortened(&debtor.name), to);
        close("Dbtr", to);
        account("DbtrAcct", &debtor.iban, to);
        to.extend_from_slice(b"<DbtrAgt><FinInstnId>");
        element("BIC", CENTRAL_BANK_BIC, to);
        to.extend_from_slice(b"</FinInstnId></DbtrAgt>\n");
    }

    fn order(&self, order: &Order, to: &mut Vec<u8>) {
        let id = if order.payment_number.is_empty() { EMPTY } else { &order.payment_number };
        open("CdtTrfTxInf", to);
        open("PmtId", to);
        element("InstrId", id, to);
        element("EndToEndId", &format!("{:016}", order.ref_code), to);
        close("PmtId", to);
        to.extend_from_slice(br#"<Amt><InstdAmt Ccy="IRR">"#);
        to.extend_from_slice(order.amount.to_string().as_bytes());
        to.extend_from_slice(b"</InstdAmt></Amt><Cdtr>");
        let name = full_name(&order.destination_first_name, &order.destination_last_name);
        element("Nm", shortened(&name), to);
        to.extend_from_slice(b"<Id><PrvtId><Othr>");
        element("Id", EMPTY, to);
        to.extend_from_slice(b"</Othr></PrvtId></Id></Cdtr>");
        account("CdtrAcct", &order.destination_number, to);
        open("RmtInf", to);
        element("Ustrd", &order.description, to);
        close("RmtInf", to);
        close("CdtTrfTxInf", to);
        to.push(b'\n');
    }

    fn debtor_end(&self, to: &mut Vec<u8>) {
        close("PmtInf", to);
        to.push(b'\n');
    }

    fn end(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(b"</CstmrCdtTrfInitn></Document>\n");
    }
}

/// `PAYA`, the bank's code, the day and the cycle's number: 17 of the at most 35 characters of a message id.
fn message_id(cycle: CycleId) -> String {
    format!("PAYA{:013}", cycle.0)
}

/// Formats a day `YYYYMMDD` as `YYYY-MM-DD`.
fn date(day: i64) -> String {
    format!("{:04}-{:02}-{:02}", day / 10_000, day / 100 % 100, day % 100)
}

fn time(at: &Now) -> String {
    let time = at.time();
    format!("{:02}:{:02}:{:02}", time / 10_000, time / 100 % 100, time % 100)
}

fn shortened(name: &str) -> &str {
    name.char_indices().nth(NAME).map_or(name, |(end, _)| &name[..end])
}

fn totals(count: &Count, to: &mut Vec<u8>) {
    element("NbOfTxs", &count.orders.to_string(), to);
    element("CtrlSum", &count.sum.to_string(), to);
}

fn account(name: &str, iban: &str, to: &mut Vec<u8>) {
    open(name, to);
    open("Id", to);
    element("IBAN", iban, to);
    close("Id", to);
    close(name, to);
}

fn element(name: &str, text: &str, to: &mut Vec<u8>) {
    open(name, to);
    to.extend_from_slice(escape(text).as_bytes());
    close(name, to);
}

fn open(name: &str, to: &mut Vec<u8>) {
    to.push(b'<');
    to.extend_from_slice(name.as_bytes());
    to.push(b'>');
}

fn close(name: &str, to: &mut Vec<u8>) {
    to.extend_from_slice(b"</");
    to.extend_from_slice(name.as_bytes());
    to.push(b'>');
}
