//! `daric rekey`: seals everything anew with the current key.
//!
//! Client cards, payer cards, voucher codes, webhook secrets of businesses and second factors of operators are processed in slices, each slice in one
//! commit. Last, the store's own key is sealed anew, and from then on the store belongs to the current key.
//! A run that was interrupted continues when it is started again: values that the current key has sealed are left alone. From its first commit to its
//! last the store needs both keys, and no server starts with only one of them. Servers may run on a database meanwhile, if they have both keys; a
//! directory is used by one process only.
//! Hashes and signatures stay valid: they derive from the store's own key, which does not change.

use std::error::Error;
use std::process::ExitCode;

use clap::Args;
use edge::Mode;
use edge::key_ring::SealContext as Sealed;
use edge::secrets::{NotResealed, Secrets};
use indicatif::ProgressBar;
use payments::{Business, Keys, PartyId, PartyKind, Text, VoucherKey};
use store::{Flusher, Page, Purpose, Reader, Writer};
use tokio::runtime::Runtime;

use crate::serve::claim;
use crate::settings::keys::{KeyFlags, KeysInFile, keys};
use crate::settings::store_flags::StoreFlags;
use crate::{hardening, verify};

/// Rows per commit.
const SLICE: usize = 500;

/// What `daric rekey` takes.
#[derive(Args)]
pub struct Flags {
    #[command(flatten)]
    store: StoreFlags,
    #[command(flatten)]
    keys: KeyFlags,
}

/// The counts of a run.
#[derive(Default)]
struct Done {
    resealed: u64,
    current: u64,
    unopened: Vec<String>,
}

/// An open store, and the secrets with which its values are sealed anew.
struct Rekeying<'a> {
    writer: Writer,
    flusher: Flusher,
    reader: Reader,
    runtime: Runtime,
    secrets: &'a Secrets,
    bar: ProgressBar,
    done: Done,
}

pub fn rekey(flags: Flags) -> Result<ExitCode, Box<dyn Error>> {
    let location = flags.store.location();
    // A missing store is an error; none is created.
    store::require(&location)?;
    let (mut writer, flusher, reader) = store::open(&location)?;
    let origin = writer.origin()?.ok_or(store::Error::NoOrigin)?;
    let mode = if origin.purpose == Purpose::Sandbox { Mode::Sandbox } else { Mode::Production };
    let ring = keys(flags.keys, KeysInFile::default(), mode)?;
    hardening::no_core_dumps()?;
    let fingerprints = ring.fingerprints();
    let origin = claim(&ring, origin.purpose, &mut writer)?;
    let secrets = Secrets::of_store(ring, &origin.data_key, &origin.key, "")?;
    writer.seal_vouchers(&|issuer, code| secrets.seal_voucher(issuer, code).map_err(|error| error.0))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let bar = verify::bar("values");
    let mut rekeying = Rekeying { writer, flusher, reader, runtime, secrets: &secrets, bar, done: Done::default() };
    rekeying.cards()?;
    rekeying.payer_cards()?;
    rekeying.vouchers()?;
    rekeying.webhook_secrets()?;
    rekeying.second_factors()?;
    let Rekeying { mut writer, bar, done, .. } = rekeying;
    bar.finish_and_clear();
    if !done.unopened.is_empty() {
        for value in &done.unopened {
            verify::print_line(format_args!("none of the keys opens {value}"))?;
        }
        verify::print_line(format_args!(
            "{} values sealed anew, {} were; the old keys are still needed",
            done.resealed, done.current
        ))?;
        return Ok(ExitCode::FAILURE);
    }
    let data_key = secrets.reseal_data_key(&origin.data_key, &origin.key)?;
    let [current, ..] = fingerprints[..] else { return Err("there is no key".into()) };
    let sealing = Vec::new();
    writer.put_origin(&store::Origin { purpose: origin.purpose, key: current, data_key, sealing })?;
    verify::print_line(format_args!(
        "{} values sealed anew, {} were; the old keys are not needed any more",
        done.resealed, done.current
    ))?;
    Ok(ExitCode::SUCCESS)
}

impl Rekeying<'_> {
    /// Seals a value anew, if it needs it.
    fn anew(&mut self, context: Sealed<'_>, sealed: &[u8], name: &str) -> Result<Option<Vec<u8>>, Box<dyn Error>> {
        self.bar.inc(1);
        match self.secrets.reseal(context, sealed) {
            Ok(Some(anew)) => Ok(Some(anew)),
            Ok(None) => {
                self.done.current += 1;
                Ok(None)
            }
            Err(NotResealed::Unopened) => {
                self.done.unopened.push(name.to_owned());
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Commits a slice. If another process has changed a row meanwhile, the slice is loaded and changed again.
    fn slice(
        &mut self,
        keys: &Keys,
        change: impl Fn(&mut Self, &mut payments::View) -> Result<u64, Box<dyn Error>>,
    ) -> Result<(), Box<dyn Error>> {
        loop {
            let (current, unopened) = (self.done.current, self.done.unopened.len());
            let mut view = self.writer.view();
            let committed = match self.writer.load(keys, &mut view) {
                Ok(()) => {
                    let changed = change(self, &mut view)?;
                    self.writer.commit(view).map(|commit| (commit, changed))
                }
                Err(error) => Err(error),
            };
            match committed {
                Ok((commit, changed)) => {
                    self.flusher.flush(commit)?;
                    self.done.resealed += changed;
                    return Ok(());
                }
                Err(error) if error.after() == store::After::Again => {
                    self.done.current = current;
                    self.done.unopened.truncate(unopened);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn cards(&mut self) -> Result<(), Box<dyn Error>> {
        let mut after = i64::MIN;
        loop {
            let found = self.runtime.block_on(self.reader.cards(Page { after, limit: SLICE }))?;
            let Some((last, _)) = found.last() else { return Ok(()) };
            after = last.id.0;
            self.bar.inc_length(found.len() as u64);
            let keys = Keys { cards: found.iter().map(|(card, _)| card.number).collect(), ..Keys::default() };
            self.slice(&keys, |this, view| {
                let mut changed = 0;
                for number in &keys.cards {
                    let Some(mut card) = view.cards.get(number).map(|card| payments::Card::clone(card)) else {
                        continue;
                    };
                    let name = format!("the number of card {}", card.id.0);
                    if let Some(anew) = this.anew(Sealed::Card(number), &card.sealed, &name)? {
                        card.sealed = anew;
                        view.cards.put(*number, card);
                        changed += 1;
                    }
                }
                Ok(changed)
            })?;
        }
    }

    fn payer_cards(&mut self) -> Result<(), Box<dyn Error>> {
        let mut after = i64::MIN;
        loop {
            let found = self.runtime.block_on(self.reader.payer_cards(Page { after, limit: SLICE }))?;
            let Some((last, _)) = found.last() else { return Ok(()) };
            after = last.id.0;
            self.bar.inc_length(found.len() as u64);
            let keys = Keys { payer_cards: found.iter().map(|(card, _)| card.number).collect(), ..Keys::default() };
            self.slice(&keys, |this, view| {
                let mut changed = 0;
                for number in &keys.payer_cards {
                    let known = view.payer_cards.get(number).map(|card| payments::PayerCard::clone(card));
                    let Some(mut card) = known else { continue };
                    let name = format!("the number of payer card {}", card.id.0);
                    if let Some(anew) = this.anew(Sealed::PayerCard(number), &card.sealed, &name)? {
                        card.sealed = anew;
                        view.payer_cards.put(*number, card);
                        changed += 1;
                    }
                }
                Ok(changed)
            })?;
        }
    }

    fn vouchers(&mut self) -> Result<(), Box<dyn Error>> {
        let mut after = VoucherKey { issuer: PartyId(i64::MIN), code: Text::from("") };
        loop {
            let found = self.runtime.block_on(self.reader.all_vouchers(after, SLICE))?;
            let Some(last) = found.last() else { return Ok(()) };
            after = last.key.clone();
            self.bar.inc_length(found.len() as u64);
            let keys = Keys { vouchers: found.iter().map(|voucher| voucher.key.clone()).collect(), ..Keys::default() };
            self.slice(&keys, |this, view| {
                let mut changed = 0;
                for key in &keys.vouchers {
                    let known = view.vouchers.get(key).map(|voucher| payments::Voucher::clone(voucher));
                    let Some(mut voucher) = known else { continue };
                    let name = format!("the code of a voucher of party {}", key.issuer.0);
                    if let Some(anew) = this.anew(Sealed::Voucher(&key.code), &voucher.sealed, &name)? {
                        voucher.sealed = anew;
                        view.vouchers.put(key.clone(), voucher);
                        changed += 1;
                    }
                }
                Ok(changed)
            })?;
        }
    }

    fn webhook_secrets(&mut self) -> Result<(), Box<dyn Error>> {
        let mut after = i64::MIN;
        loop {
            let found = self.runtime.block_on(self.reader.parties(Page { after, limit: SLICE }))?;
            let Some(last) = found.last() else { return Ok(()) };
            after = last.id.0;
            let has =
                |business: &Business| !business.webhook_secret.is_empty() || business.old_webhook_secret.is_some();
            let sealed = found.iter().filter(|party| party.business().is_some_and(has));
            let keys = Keys { parties: sealed.map(|party| party.id).collect(), ..Keys::default() };
            self.bar.inc_length(keys.parties.len() as u64);
            self.slice(&keys, |this, view| {
                let mut changed = 0;
                for id in &keys.parties {
                    let Some(mut party) = view.parties.get(id).map(|party| payments::Party::clone(party)) else {
                        continue;
                    };
                    let PartyKind::Business(business) = &mut party.kind else { continue };
                    let context = Sealed::WebhookSecret(&party.name);
                    let before = changed;
                    let old = business.old_webhook_secret.as_mut().map(|old| &mut old.sealed);
                    let all = [(Some(&mut business.webhook_secret), ""), (old, "old ")];
                    for (sealed, which) in all.into_iter().filter_map(|(sealed, which)| Some((sealed?, which))) {
                        let name = format!("the {which}webhook secret of business {}", id.0);
                        if sealed.is_empty() {
                            continue;
                        }
                        if let Some(anew) = this.anew(context, sealed, &name)? {
                            *sealed = anew;
                            changed += 1;
                        }
                    }
                    if changed > before {
                        view.parties.put(*id, party);
                    }
                }
                Ok(changed)
            })?;
        }
    }

    fn second_factors(&mut self) -> Result<(), Box<dyn Error>> {
        let found = self.runtime.block_on(self.reader.second_factors())?;
        self.bar.inc_length(found.len() as u64);
        for slice in found.chunks(SLICE) {
            let operators = slice.iter().map(|factor| payments::Text::clone(&factor.operator));
            let keys = Keys { second_factors: operators.collect(), ..Keys::default() };
            self.slice(&keys, |this, view| {
                let mut changed = 0;
                for operator in &keys.second_factors {
                    let known = view.second_factors.get(operator).map(|factor| payments::SecondFactor::clone(factor));
                    let Some(mut factor) = known else { continue };
                    let name = format!("the second factor of operator {operator}");
                    if let Some(anew) = this.anew(Sealed::SecondFactor(operator), &factor.sealed, &name)? {
                        factor.sealed = anew;
                        view.second_factors.put(payments::Text::clone(operator), factor);
                        changed += 1;
                    }
                }
                Ok(changed)
            })?;
        }
        Ok(())
    }
}
