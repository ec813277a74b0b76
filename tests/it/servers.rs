//! Servers, chosen by the names and values that a client has for them.

use keyfob_enboarder as enboarder;
use keyfob_query_token as tides;
use keyfob_tests::recorder::{Answer, Recorder};

#[tokio::test]
async fn a_named_server_is_chosen_by_its_name_or_its_text() {
    // eb-auth (the hosts)
    use enboarder::Server;
    let cases = [
        (Server::Au, "AU", "api.syd.e1.enboarder.com:443"),
        (Server::Ca, "CA", "api.can.e1.enboarder.com:443"),
    ];
    for (server, name, host) in cases {
        assert_eq!(server.as_ref(), name);
        let proxy = Recorder::start().await.unwrap();
        proxy.answer_all(|_| Answer::text(502, ""));
        let address = proxy.url();
        let client = enboarder::Client::builder()
            .credentials(enboarder::ApiKey::new("key"))
            .server(server)
            .retries(0)
            .configure_http(move |http| http.proxy(reqwest::Proxy::all(address).unwrap()))
            .build()
            .unwrap();
        client.list_workflows().send().await.unwrap_err();
        let asked = proxy.requests();
        assert_eq!((asked.len(), asked[0].target.as_str()), (1, host));
    }
}

#[tokio::test]
async fn a_variable_that_takes_certain_values_has_an_enum_of_them() {
    use tides::servers::Ocean;
    let values = [Ocean::Atlantic, Ocean::Pacific].map(|ocean| ocean.as_ref().to_string());
    assert_eq!(values, ["atlantic", "pacific"]);
    tides::Client::builder()
        .server_variable("ocean", Ocean::Pacific)
        .build()
        .unwrap();
}
