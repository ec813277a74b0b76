//! Parameters and bodies: each way of writing one, and what it is on the wire.

use std::pin::Pin;

use keyfob_conformance_server::types::{
    BodyFormBody, BodyMultipartBody, BodyNestedFormBody, Rgb, Thing,
};
use keyfob_conformance_server::{Client, File};

use super::server::{Right, RightBody, Server};

/// A call, and the request that has to come of it.
struct Case {
    /// The paragraph that says so.
    section: &'static str,
    call: fn(Client) -> Sent,
    right: Right,
}

type Sent = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// What an expression sends, with its error as text.
macro_rules! sent {
    (|$client:ident| $call:expr) => {
        |$client: Client| -> Sent {
            Box::pin(async move {
                let sent = $call.send().await;
                sent.map(drop)
                    .map_err(|error| format!("{error}: {:?}", error.api_error()))
            })
        }
    };
}

/// The values of OpenAPI's own examples.
macro_rules! styled {
    ($call:expr) => {
        $call.primitive("blue").array(colours()).object(rgb())
    };
}

fn colours() -> Vec<String> {
    ["blue", "black", "brown"].map(str::to_owned).to_vec()
}

fn rgb() -> Rgb {
    Rgb {
        r: 100,
        g: 200,
        b: 150,
    }
}

fn thing() -> Thing {
    Thing {
        name: "a\u{1F600}\"\\\u{1}é".to_owned(),
        count: Some(9_007_199_254_740_993),
    }
}

const fn get(target: &'static str) -> Right {
    with_headers(target, &[])
}

const fn with_headers(
    target: &'static str,
    headers: &'static [(&'static str, &'static str)],
) -> Right {
    Right {
        method: "GET",
        target,
        headers,
        body: RightBody::None,
    }
}

const fn body(method: &'static str, target: &'static str, body: RightBody) -> Right {
    Right {
        method,
        target,
        headers: &[],
        body,
    }
}

#[rustfmt::skip]
const PARAMETERS: &[Case] = &[
    Case {
        section: "OpenAPI 3.0.4, 4.7.12.3 Style Values, and RFC 6570, 3.2.2: simple",
        call: sent!(|client| styled!(client.path_simple())),
        right: get("/base/path/simple/blue/blue,black,brown/R,100,G,200,B,150"),
    },
    Case {
        section: "the same, exploded",
        call: sent!(|client| styled!(client.path_simple_exploded())),
        right: get("/base/path/simple-exploded/blue/blue,black,brown/R=100,G=200,B=150"),
    },
    Case {
        section: "RFC 6570, 3.2.5: label",
        call: sent!(|client| styled!(client.path_label())),
        right: get("/base/path/label/.blue/.blue,black,brown/.R,100,G,200,B,150"),
    },
    Case {
        section: "the same, exploded",
        call: sent!(|client| styled!(client.path_label_exploded())),
        right: get("/base/path/label-exploded/.blue/.blue.black.brown/.R=100.G=200.B=150"),
    },
    Case {
        section: "RFC 6570, 3.2.7: matrix",
        call: sent!(|client| styled!(client.path_matrix())),
        right: get("/base/path/matrix/;primitive=blue/;array=blue,black,brown/;object=R,100,G,200,B,150"),
    },
    Case {
        section: "the same, exploded",
        call: sent!(|client| styled!(client.path_matrix_exploded())),
        right: get("/base/path/matrix-exploded/;primitive=blue/;array=blue;array=black;array=brown/;R=100;G=200;B=150"),
    },
    Case {
        section: "RFC 6570, 3.2.7: an empty text has no `=`; RFC 3986, 3.3: delimiters in values are escaped",
        call: sent!(|client| client.path_matrix().primitive("").array(vec!["a,b".to_owned(), "c/d;e=f".to_owned()]).object(rgb())),
        right: get("/base/path/matrix/;primitive/;array=a%2Cb,c%2Fd%3Be%3Df/;object=R,100,G,200,B,150"),
    },
    Case {
        section: "RFC 3986, 3.3: a value is one segment, whatever is in it",
        call: sent!(|client| client.path_hostile().segment("../a/b?c#d;e%2F é\u{1F600}").part("..")),
        right: get("/base/path/hostile/..%2Fa%2Fb%3Fc%23d%3Be%252F%20%C3%A9%F0%9F%98%80/...json"),
    },
    Case {
        section: "OpenAPI 3.0.4, Style Values, and RFC 6570, 3.2.8: form",
        call: sent!(|client| styled!(client.query_form())),
        right: get("/base/query/form?primitive=blue&array=blue,black,brown&object=R,100,G,200,B,150"),
    },
    Case {
        section: "the same, exploded",
        call: sent!(|client| styled!(client.query_form_exploded())),
        right: get("/base/query/form-exploded?primitive=blue&array=blue&array=black&array=brown&R=100&G=200&B=150"),
    },
    Case {
        section: "RFC 6570, 3.2.8: what is in a value is escaped, a delimiter is not",
        call: sent!(|client| client.query_form().primitive("a&b=c+d e").array(vec!["f,g".to_owned(), "é".to_owned()]).object(rgb())),
        right: get("/base/query/form?primitive=a%26b%3Dc%2Bd%20e&array=f%2Cg,%C3%A9&object=R,100,G,200,B,150"),
    },
    Case {
        section: "OpenAPI 3.0.4, Style Examples: spaceDelimited",
        call: sent!(|client| client.query_space_delimited().array(colours()).object(rgb())),
        right: get("/base/query/space-delimited?array=blue%20black%20brown&object=R%20100%20G%20200%20B%20150"),
    },
    Case {
        section: "OpenAPI 3.0.4, Style Examples: pipeDelimited",
        call: sent!(|client| client.query_pipe_delimited().array(colours()).object(rgb())),
        right: get("/base/query/pipe-delimited?array=blue%7Cblack%7Cbrown&object=R%7C100%7CG%7C200%7CB%7C150"),
    },
    Case {
        section: "OpenAPI 3.0.4, Style Examples: deepObject",
        call: sent!(|client| client.query_deep_object().object(rgb())),
        right: get("/base/query/deep-object?object%5BR%5D=100&object%5BG%5D=200&object%5BB%5D=150"),
    },
    Case {
        section: "OpenAPI 3.0.4, Parameter Object: content",
        call: sent!(|client| client.query_content().filter(rgb())),
        right: get("/base/query/content?filter=%7B%22R%22%3A100%2C%22G%22%3A200%2C%22B%22%3A150%7D"),
    },
    Case {
        section: "OpenAPI 3.0.4, Parameter Object: allowReserved",
        call: sent!(|client| client.query_reserved().kept("a/b:c?d&e+f#g").escaped("a/b:c?")),
        right: get("/base/query/reserved?kept=a/b:c?d%26e%2Bf%23g&escaped=a%2Fb%3Ac%3F"),
    },
    Case {
        section: "RFC 6570, 2.3: what is not given is not there",
        call: sent!(|client| client.query_optional()),
        right: get("/base/query/optional"),
    },
    Case {
        section: "RFC 6570, 2.3: an empty text is a value, an empty list is none",
        call: sent!(|client| client.query_optional().text("").list(Vec::<String>::new())),
        right: get("/base/query/optional?text="),
    },
    Case {
        section: "OpenAPI 3.0.4, Data Types: numbers keep their digits",
        call: sent!(|client| client.query_optional().number(1e21).integer(9_007_199_254_740_993_i64).flag(false)),
        right: get("/base/query/optional?number=1e%2B21&integer=9007199254740993&flag=false"),
    },
    Case {
        section: "RFC 3986, 3.4: what follows `?` in a path is its query",
        call: sent!(|client| client.query_in_path()),
        right: get("/base/query/in-path?kind=one"),
    },
    Case {
        section: "the same, with a parameter in it",
        call: sent!(|client| client.query_in_path_with_parameter().page(3)),
        right: get("/base/query/in-path?page=3&kind=two"),
    },
    Case {
        section: "OpenAPI 3.0.4, Style Values: simple in headers",
        call: sent!(|client| client.header_simple().x_primitive("blue").x_array(colours()).x_object(rgb())),
        right: with_headers("/base/header/simple", &[("x-primitive", "blue"), ("x-array", "blue,black,brown"), ("x-object", "R,100,G,200,B,150")]),
    },
    Case {
        section: "the same, exploded",
        call: sent!(|client| client.header_simple_exploded().x_primitive("blue").x_array(colours()).x_object(rgb())),
        right: with_headers("/base/header/simple-exploded", &[("x-primitive", "blue"), ("x-array", "blue,black,brown"), ("x-object", "R=100,G=200,B=150")]),
    },
    Case {
        section: "OpenAPI 3.0.4, Style Values: form in cookies; RFC 6265, 4.1.1: no comma in a value",
        call: sent!(|client| styled!(client.cookie_form())),
        right: with_headers("/base/cookie/form", &[("cookie", "primitive=blue; array=blue%2Cblack%2Cbrown; object=R%2C100%2CG%2C200%2CB%2C150")]),
    },
    Case {
        section: "the same, exploded: a pair for each value",
        call: sent!(|client| styled!(client.cookie_form_exploded())),
        right: with_headers("/base/cookie/form-exploded", &[("cookie", "primitive=blue; array=blue; array=black; array=brown; R=100; G=200; B=150")]),
    },
];

#[rustfmt::skip]
const BODIES: &[Case] = &[
    Case {
        section: "RFC 8259, 7 and 8.1: JSON in UTF-8",
        call: sent!(|client| client.body_json().body(thing())),
        right: body("POST", "/base/body/json", RightBody::Exactly(
            "application/json",
            "{\"name\":\"a\u{1F600}\\\"\\\\\\u0001é\",\"count\":9007199254740993}".as_bytes(),
        )),
    },
    Case {
        section: "OpenAPI 3.0.4, Encoding Object: style, explode and contentType in a form",
        call: sent!(|client| client.body_form().body(BodyFormBody {
            plain: "a b&c".to_owned(),
            exploded: Some(colours()),
            joined: Some(colours()),
            piped: Some(colours()),
            deep: Some(rgb()),
            json: Some(rgb()),
            members: Some(rgb()),
        })),
        right: body("POST", "/base/body/form", RightBody::Exactly(
            "application/x-www-form-urlencoded",
            b"plain=a+b%26c&exploded=blue&exploded=black&exploded=brown&joined=blue%2Cblack%2Cbrown&piped=blue%7Cblack%7Cbrown&deep%5BR%5D=100&deep%5BG%5D=200&deep%5BB%5D=150&json=%7B%22R%22%3A100%2C%22G%22%3A200%2C%22B%22%3A150%7D&R=100&G=200&B=150",
        )),
    },
    Case {
        section: "URL Standard, 5.2, for names with brackets",
        call: sent!(|client| client.body_nested_form().body(nested())),
        right: body("POST", "/base/body/nested-form", RightBody::Exactly(
            "application/x-www-form-urlencoded",
            b"contacts%5B0%5D%5Bname%5D=a&contacts%5B0%5D%5Btags%5D%5B0%5D=x&contacts%5B0%5D%5Btags%5D%5B1%5D=y&contacts%5B1%5D%5Bname%5D=b",
        )),
    },
    Case {
        section: "RFC 7578, 4.2 to 4.4, and OpenAPI 3.0.4, Encoding Object: contentType",
        call: sent!(|client| client.body_multipart().body(BodyMultipartBody {
            note: "a\nb".to_owned(),
            meta: Some(rgb()),
            tags: Some(vec!["x".to_owned(), "y".to_owned()]),
            file: File::new("pdf").with_name("a\"b.pdf"),
            pages: Some(vec![File::new("one").with_content_type("image/png"), File::new("two")]),
        })),
        right: body("POST", "/base/body/multipart", RightBody::Parts(&[
            "Content-Disposition: form-data; name=\"note\"\r\n\r\na\nb",
            "Content-Disposition: form-data; name=\"meta\"\r\nContent-Type: application/json\r\n\r\n{\"R\":100,\"G\":200,\"B\":150}",
            "Content-Disposition: form-data; name=\"tags\"\r\n\r\nx",
            "Content-Disposition: form-data; name=\"tags\"\r\n\r\ny",
            "Content-Disposition: form-data; name=\"file\"; filename=\"a%22b.pdf\"\r\nContent-Type: application/pdf\r\n\r\npdf",
            "Content-Disposition: form-data; name=\"pages\"; filename=\"pages\"\r\nContent-Type: image/png\r\n\r\none",
            "Content-Disposition: form-data; name=\"pages\"; filename=\"pages\"\r\nContent-Type: application/octet-stream\r\n\r\ntwo",
        ])),
    },
    Case {
        section: "RFC 2046, 4.1: text",
        call: sent!(|client| client.body_text().body("a\r\nb é")),
        right: body("POST", "/base/body/text", RightBody::Exactly("text/plain", "a\r\nb é".as_bytes())),
    },
    Case {
        section: "RFC 2046, 4.5.1: bytes",
        call: sent!(|client| client.body_bytes().body(vec![0, 255, 13, 10])),
        right: body("PUT", "/base/body/bytes", RightBody::Exactly("application/octet-stream", &[0, 255, 13, 10])),
    },
    Case {
        section: "RFC 9112, 7.1: a stream whose length is not known",
        call: sent!(|client| client.body_bytes().body_stream(keyfob_runtime::BodyStream::new(futures_util::stream::iter(
            ["one", "two"].map(Ok::<_, std::convert::Infallible>),
        )))),
        right: Right {
            headers: &[("transfer-encoding", "chunked")],
            ..body("PUT", "/base/body/bytes", RightBody::Exactly("application/octet-stream", b"onetwo"))
        },
    },
    Case {
        section: "OpenAPI 3.0.4, Request Body Object: required is false where it is not said",
        call: sent!(|client| client.body_optional()),
        right: body("POST", "/base/body/optional", RightBody::None),
    },
    Case {
        section: "OpenAPI 3.0.4, Request Body Object: the first media type",
        call: sent!(|client| client.body_one_of_two().body(Thing { name: "a".to_owned(), count: None })),
        right: body("POST", "/base/body/one-of-two", RightBody::Exactly("application/json", br#"{"name":"a"}"#)),
    },
    Case {
        section: "OpenAPI 3.0.4, Request Body Object: another media type",
        call: sent!(|client| client.body_one_of_two().body(Thing { name: "a b".to_owned(), count: Some(2) }).as_form()),
        right: body("POST", "/base/body/one-of-two", RightBody::Exactly("application/x-www-form-urlencoded", b"name=a+b&count=2")),
    },
    Case {
        section: "RFC 7396, 1, and RFC 6839, 3.1: what is built on JSON is JSON",
        call: sent!(|client| client.body_merge_patch().body(Thing { name: "a".to_owned(), count: None })),
        right: body("PATCH", "/base/body/merge-patch", RightBody::Exactly("application/merge-patch+json", br#"{"name":"a"}"#)),
    },
];

fn nested() -> BodyNestedFormBody {
    let contacts = r#"{"contacts": [{"name": "a", "tags": ["x", "y"]}, {"name": "b"}]}"#;
    serde_json::from_str(contacts).unwrap()
}

#[tokio::test]
async fn every_parameter_is_written_as_the_standards_say() {
    all_are_right(PARAMETERS).await;
}

#[tokio::test]
async fn every_body_is_written_as_the_standards_say() {
    all_are_right(BODIES).await;
}

async fn all_are_right(cases: &[Case]) {
    let server = Server::start().await;
    let client = server.client();
    let mut wrong = Vec::new();
    for case in cases {
        server.expect(case.right.clone());
        if let Err(problem) = (case.call)(client.clone()).await {
            wrong.push(format!("{}: {problem}", case.section));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// RFC 3986, 3.3 and 5.2.4: such a segment would be another path.
#[tokio::test]
async fn a_value_that_would_be_another_path_is_not_sent() {
    let server = Server::start().await;
    for segment in ["", ".", ".."] {
        let client = server.client();
        let call = client
            .path_hostile()
            .segment(segment)
            .part("a")
            .send()
            .await
            .map(drop);
        let error = call.unwrap_err().to_string();
        assert!(error.contains("was not sent"), "{segment:?}: {error}");
    }
}
