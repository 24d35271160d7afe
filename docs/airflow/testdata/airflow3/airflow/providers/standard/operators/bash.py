from stub import BashOperator
