from kit.problem import exit_on_problem

with exit_on_problem():
    from kit.env import load_env

    load_env()  # before llama.cpp is loaded, for which it may say something

    from server.cli import main

    main()
