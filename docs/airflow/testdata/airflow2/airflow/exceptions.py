from stub import AirflowException, AirflowFailException, AirflowSkipException
