//! The banks of Iranian cards, by the first six digits of the card number. Pages show them, and the network of other banks' cards is asked only about
//! cards with a known prefix. Whether a card can pay is decided by its issuer.

use web::Lang;

const BANKS: [(&str, &str, &str); 41] = [
    ("603799", "بانک ملی", "Bank Melli"),
    ("589210", "بانک سپه", "Bank Sepah"),
    ("627381", "بانک سپه", "Bank Sepah"),
    ("639370", "بانک سپه", "Bank Sepah"),
    ("636949", "بانک سپه", "Bank Sepah"),
    ("639599", "بانک سپه", "Bank Sepah"),
    ("505801", "بانک سپه", "Bank Sepah"),
    ("627648", "بانک توسعه صادرات", "Export Development Bank"),
    ("207177", "بانک توسعه صادرات", "Export Development Bank"),
    ("627961", "بانک صنعت و معدن", "Bank of Industry and Mine"),
    ("603770", "بانک کشاورزی", "Bank Keshavarzi"),
    ("639217", "بانک کشاورزی", "Bank Keshavarzi"),
    ("628023", "بانک مسکن", "Bank Maskan"),
    ("627760", "پست بانک", "Post Bank"),
    ("502908", "بانک توسعه تعاون", "Tosee Taavon Bank"),
    ("627412", "بانک اقتصاد نوین", "EN Bank"),
    ("622106", "بانک پارسیان", "Parsian Bank"),
    ("639194", "بانک پارسیان", "Parsian Bank"),
    ("627884", "بانک پارسیان", "Parsian Bank"),
    ("502229", "بانک پاسارگاد", "Bank Pasargad"),
    ("639347", "بانک پاسارگاد", "Bank Pasargad"),
    ("627488", "بانک کارآفرین", "Karafarin Bank"),
    ("502910", "بانک کارآفرین", "Karafarin Bank"),
    ("621986", "بانک سامان", "Saman Bank"),
    ("639346", "بانک سینا", "Sina Bank"),
    ("639607", "بانک سرمایه", "Sarmayeh Bank"),
    ("636214", "بانک آینده", "Ayandeh Bank"),
    ("502806", "بانک شهر", "City Bank"),
    ("504706", "بانک شهر", "City Bank"),
    ("502938", "بانک دی", "Day Bank"),
    ("603769", "بانک صادرات", "Bank Saderat"),
    ("610433", "بانک ملت", "Bank Mellat"),
    ("991975", "بانک ملت", "Bank Mellat"),
    ("585983", "بانک تجارت", "Tejarat Bank"),
    ("627353", "بانک تجارت", "Tejarat Bank"),
    ("589463", "بانک رفاه", "Refah Bank"),
    ("505785", "بانک ایران زمین", "Iran Zamin Bank"),
    ("505416", "بانک گردشگری", "Tourism Bank"),
    ("606373", "بانک مهر ایران", "Mehr Iran Bank"),
    ("606256", "مؤسسه ملل", "Melal Institution"),
    ("504172", "بانک رسالت", "Resalat Bank"),
];

fn name(bank: &(&str, &'static str, &'static str), lang: Lang) -> &'static str {
    match lang {
        Lang::Fa => bank.1,
        Lang::En => bank.2,
    }
}

/// The name of a card's bank; empty: the prefix is not known.
pub fn of(number: &str, lang: Lang) -> &'static str {
    let bank = BANKS.iter().find(|(first, ..)| number.starts_with(first));
    bank.map_or("", |bank| name(bank, lang))
}

/// All banks for the page's script: a JSON object from six-digit prefix to name.
pub fn as_json(lang: Lang) -> String {
    let all: std::collections::BTreeMap<&str, &str> = BANKS.iter().map(|bank| (bank.0, name(bank, lang))).collect();
    // A map of texts can always be serialized.
    serde_json::to_string(&all).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bank_is_found_by_its_first_digits() {
        for bank in &BANKS {
            assert_eq!(of(&format!("{}0000000000", bank.0), Lang::Fa), bank.1);
        }
        assert_eq!((of("5022000012340000", Lang::En), of("", Lang::Fa)), ("", ""));
        assert!(as_json(Lang::En).contains(r#""603799":"Bank Melli""#));
    }
}
