from agents.runtime.cli import main

main()
