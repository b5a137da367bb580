//! `sign`: RSA-2048 DKIM signatures a second on one core, of messages of 4 KiB and of 64 KiB, each for
//! about a second. Prints one JSON object.

use std::hint::black_box;
use std::time::{Duration, Instant};

use postscale_mail::dkim::{Signer, generate};
use postscale_model::{DkimAlgorithm, DomainName, Selector, Timestamp};

const RUN: Duration = Duration::from_secs(1);
const SIZES: [usize; 2] = [4 * 1024, 64 * 1024];

fn message(size: usize) -> Vec<u8> {
    let mut message = b"From: Ann <ann@example.com>\r\nTo: Bob <bob@example.net>\r\n\
        Subject: Minutes of the meeting\r\nDate: Thu, 1 Jan 2026 08:00:00 +0000\r\n\
        Message-ID: <1@example.com>\r\nMIME-Version: 1.0\r\n\
        Content-Type: text/plain; charset=utf-8\r\n\r\n"
        .to_vec();
    while message.len() < size {
        message.extend(b"Nobody objected, and so everybody went home before it rained.\r\n");
    }
    message
}

fn signatures_a_second(signer: &Signer, message: &[u8]) -> f64 {
    let now = Timestamp::from_seconds(1_767_254_400);
    let (begun, mut count) = (Instant::now(), 0_u32);
    while begun.elapsed() < RUN {
        let field = signer.sign(black_box(message), now);
        black_box(field.expect("the message can be signed"));
        count += 1;
    }
    f64::from(count) / begun.elapsed().as_secs_f64()
}

fn main() {
    let key = generate(DkimAlgorithm::Rsa2048).expect("a key can be made");
    let domain: DomainName = "example.com".parse().expect("a name");
    let selector: Selector = "s1".parse().expect("a selector");
    let signer = Signer::from_pkcs8(DkimAlgorithm::Rsa2048, &key.private_der, domain, selector)
        .expect("the key was just made");
    let rates = SIZES.map(|size| signatures_a_second(&signer, &message(size)));
    println!("{}", serde_json::json!({ "signatures_a_second": rates }));
}
