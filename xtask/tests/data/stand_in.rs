//! A small program in place of the server: packages of it are made and checked in seconds.

use std::{env, fs, path::Path, process};

const MAN_PAGE: &str = ".TH daric 1\n.SH NAME\ndaric \\- payment server\n";

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match *arguments.iter().map(String::as_str).collect::<Vec<_>>() {
        ["--version"] => println!("a stand-in"),
        ["completions", shell] => println!("# completions of {shell}"),
        ["man", "--dir", directory] => fs::write(Path::new(directory).join("daric.1"), MAN_PAGE).unwrap(),
        ["serve"] => {
            fs::write(Path::new(&env::var("DARIC_DATA").unwrap()).join("daric.db"), "a store").unwrap();
            println!(
                "authorities: {}",
                fs::read_to_string("/etc/ssl/certs/ca-certificates.crt").unwrap().matches("BEGIN").count()
            );
        }
        _ => {
            // As data may contain by chance: a word that lintian takes for a mistake.
            eprintln!("amout");
            process::exit(2)
        }
    }
}
