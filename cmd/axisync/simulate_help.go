package main

// simulateHelp is what simulate --help says before its flags.
func simulateHelp() string {
	return `Serves a generated Salesforce org and a Fincome whose customers refer to it, on
loopback, until it is interrupted. The first line on standard output is one JSON
object with the addresses and the credentials.

What no real Salesforce has:
  curl -X POST SALESFORCE_URL/simulator/advance             the next day of the org
  curl -X POST SALESFORCE_URL/simulator/change?share=0.01   new values for 1% of the accounts, now
  curl -X POST SALESFORCE_URL/simulator/revoke              an administrator acts; likewise block, unblock,
                                                            uninstall, install, deactivate, activate, expire;
                                                            scopes?only=api limits what logins are granted

--faults names a YAML file of what goes wrong with requests to Salesforce:

  seed: 1      # decides the rules with a chance: the same file strikes the same
  mercy: 2     # the same request is harmed at most twice in a row
  faults:
    - on: GET jobs/query/{id}/results
      fault: cut
      every: 3       # or first: 2, or from: 4, or chance: 0.2; times: 5 ends it
      after: 40%     # of the body, or a number of bytes

"on" is a request without version and ids, or any. A client that does right gets
everything where a fault passes, must end in an error where it is fatal, and may
do either otherwise. The faults:

` + faultTable() + `

What no real Fincome has. It takes the key of every request, fincome_api_key of the first
line:
  AUTH='Authorization: Bearer KEY'
  curl -H "$AUTH" -X POST FINCOME_URL/simulator/edit -d customer=ID -d axis=Region -d value=EMEA
      a person edits a customer; without value the axis is removed
  curl -H "$AUTH" -X POST FINCOME_URL/simulator/settle
      what was accepted and delayed shows now
  curl -H "$AUTH" FINCOME_URL/simulator/lost
      edits by people that updates overwrote, and whether the newest read before the
      update had shown them ("informed")
  curl -H "$AUTH" FINCOME_URL/simulator/requests
      requests by kind and status, and the axes that updates carried

--fincome says how Fincome behaves where its documentation is silent. Of a key
that is not given the first value counts; N, TIME and keys alone stand for nothing:

` + switchTable() + `

--fincome-faults names a file like that of --faults, where "on" is retrieve,
update, list or any. An update gets through where a fault passes; where it may do
either, a customer may end as a reject. The faults:

` + fincomeFaultTable()
}
