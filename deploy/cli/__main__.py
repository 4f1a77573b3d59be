"""`python -m deploy.cli`: how the supervisor starts the processes of a deployment."""

from deploy.cli.main import main

main()
